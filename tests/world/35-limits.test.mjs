// Limits and the kill switch, from the operator's command line to a client's order, and over a restart of the
// dataplane and of control.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { bin, buy, byTwo, config, ctl, demo, filled, isUp, kill9, pidOf, signUp, universe, until } from './world.mjs'

const SYMBOL = universe[4].symbol

async function told(...args) {
  const done = await ctl(...args, '--reason', 'test of limits')
  assert.equal(done.code, 0, done.out + done.err)
  return done.out.trim()
}

// What was limited or blocked is let go by two: asked for on the machine, said yes to by somebody of compliance.
let compliance
const loosened = async (...args) => byTwo(compliance ??= await demo('compliance'), ...args, '--reason', 'test of limits')

async function refusedFor(client, reason, qty = 1) {
  const answer = await client.request('POST', '/orders',
    { symbol: SYMBOL, side: 'BUY', type: 'MARKET', qty, tif: 'IOC' })
  assert.equal(answer.status, 422, answer.text)
  assert.equal(JSON.parse(answer.text).error.reason, reason)
}

async function again(service, ready) {
  const old = kill9(service)
  await until(`another ${service}`, () => { const pid = pidOf(service); return pid && pid !== old })
  await until(`${service} is up`, ready)
}

test('a limit of an account, before its first order; of the member; and away again', async () => {
  const client = await signUp()
  const account = String(client.user.account_id)
  assert.equal(await told('limit', 'account', 'order_qty', '3', '--account', account), 'order_qty of the account: 3')
  await refusedFor(client, 'BJ_REJ_ACCOUNT_ORDER_QTY', 4)
  await filled(client, (await buy(client, SYMBOL, 3)).order_id)
  await told('limit', 'instrument', 'blocked', '1', '--symbol', SYMBOL)
  await refusedFor(client, 'BJ_REJ_INSTRUMENT_BLOCKED')
  const lift = ['limit', 'instrument', 'blocked', 'none', '--symbol', SYMBOL]
  const waits = await ctl(...lift, '--reason', 'r')
  assert.equal(waits.code, 4)
  assert.match(waits.out, new RegExp(`^waits for a second person: blocked of instrument in ${SYMBOL}: no limit, now 1\n`))
  assert.equal((await ctl('limit', 'instrument', 'blocked', '0', '--symbol', SYMBOL, '--reason', 'r')).code, 4)
  await refusedFor(client, 'BJ_REJ_INSTRUMENT_BLOCKED')
  const id = await loosened(...lift)
  await loosened('limit', 'account', 'order_qty', 'none', '--account', account)
  await filled(client, (await buy(client, SYMBOL, 4)).order_id)
  const { entries } = await (await demo('admin')).ok('GET', '/admin/audit?act=limit.set&limit=50')
  const of = entries.filter((e) => e.elevation === id)
  assert.deepEqual(of.map((e) => [e.actor, e.subject, e.outcome]),
    ['done', 'asked'].map((outcome) => [`user:${compliance.user.id}`, `instrument:${SYMBOL}`, outcome]))
  assert.deepEqual([JSON.parse(of[1].before), JSON.parse(of[1].after).act, JSON.parse(of[1].after).asker],
    [{ value: 1 }, { level: 'instrument', limit: 'blocked', symbol: SYMBOL, value: -1 }, 'operator'])
})

test('a number is raised by two, to the most there can be too; made less by one; by whom is in the journal', async () => {
  const client = await signUp(), account = String(client.user.account_id), admin = await demo('admin')
  const limit = (value) => ({ level: 'account', limit: 'order_qty', account_id: account, value, reason: 'test of limits' })
  await told('limit', 'account', 'order_qty', '3', '--account', account)
  for (const value of [4, 2147483647, -1]) {
    const { status, body } = await admin.request('POST', '/admin/limit', limit(value))
    assert.deepEqual([status, body.waits.in_force, body.waits.act.value, body.waits.own], [202, { value: 3 }, value, true])
    assert.equal((await admin.request('POST', `/elevations/${body.waits.id}/approve`, {})).status, 403)
  }
  await refusedFor(client, 'BJ_REJ_ACCOUNT_ORDER_QTY', 4)
  const { body: { waits } } = await admin.request('POST', '/admin/limit', limit(5))
  await told('limit', 'account', 'order_qty', '2', '--account', account)
  const late = await compliance.request('POST', `/elevations/${waits.id}/approve`, {})
  assert.deepEqual([late.status, late.body.error.code], [409, 'conflict'])
  await refusedFor(client, 'BJ_REJ_ACCOUNT_ORDER_QTY', 3)
  await loosened('limit', 'account', 'order_qty', '4', '--account', account)
  await filled(client, (await buy(client, SYMBOL, 4)).order_id)
  const journal = execFileSync(bin('bijli-journal'), ['dump', `${config.data_dir}/journal`], { maxBuffer: 1 << 28 }).toString()
  const lines = journal.split('\n').filter((line) => line.includes(`account ${account} limit level account limit order_qty`))
  assert.deepEqual(lines.map((line) => [/value (-?\d+)/.exec(line)[1], /(one person|two people)/.exec(line)[1]]), [
    ['3', 'one person'], ['4', 'one person'], ['2147483647', 'one person'], ['-1', 'one person'], ['5', 'one person'],
    ['2', 'one person'], ['5', 'one person'], ['4', 'one person'], ['4', 'one person'], ['4', 'two people']])
})

test('a kill that blocks cancels, refuses, and outlives dataplane and control', { timeout: 120000 }, async () => {
  const client = await signUp()
  const account = String(client.user.account_id)
  const { bids } = (await client.ok('GET', `/market/book/${SYMBOL}?levels=5`))
  const resting = await client.ok('POST', '/orders',
    { symbol: SYMBOL, side: 'BUY', type: 'LIMIT', qty: 1, price_paise: bids.at(-1).price_paise, tif: 'DAY' })
  assert.equal(await told('kill', '--account', account, '--block'), '1 order ended')
  await until('the order has ended', async () => {
    const { orders } = await client.ok('GET', '/orders')
    return orders.find((row) => row.order_id === resting.order.order_id)?.state === 'cancelled'
  })
  await refusedFor(client, 'BJ_REJ_ACCOUNT_BLOCKED')
  await again('dataplane', () => isUp('dataplane'))
  await again('control', async () => (await client.get('/health')).status === 200)
  await until('orders are taken, and this one refused for the block', async () => {
    const answer = await client.request('POST', '/orders',
      { symbol: SYMBOL, side: 'BUY', type: 'MARKET', qty: 1, tif: 'IOC' })
    return answer.status === 422 && JSON.parse(answer.text).error.reason === 'BJ_REJ_ACCOUNT_BLOCKED'
  })
  await loosened('limit', 'account', 'blocked', 'none', '--account', account)
  await filled(client, (await buy(client, SYMBOL, 1)).order_id)
  const journal = execFileSync(bin('bijli-journal'), ['dump', `${config.data_dir}/journal`], { maxBuffer: 1 << 28 })
  assert.match(journal.toString(), new RegExp(`account ${account} operator's mass cancel.* block .*reason "test of limits"`))
})

test('a wrong limit is said by its field', async () => {
  for (const [args, said] of [
    [['limit', 'account', 'luck', '1', '--account', '1001'], /limit is not in the list/],
    [['limit', 'desk', 'rate', '5'], /session_id/],
    [['limit', 'member', 'rate', '0'], /value/],
    [['kill', '--side', 'buy', '--block'], /block/],
  ]) {
    const done = await ctl(...args, '--reason', 'r')
    assert.equal(done.code, 1, done.out + done.err)
    assert.match(done.err, said)
  }
})
