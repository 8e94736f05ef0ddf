// The operator stops an instrument and lets it go on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buy, ctl, demo, filled, signUp, sql, universe, until } from './world.mjs'

const SYMBOL = universe[2].symbol

test('halt refuses new orders with its reason, resume lets them trade', async () => {
  const client = await signUp()
  const halted = await ctl('halt', SYMBOL, '--reason', 'test of the halt')
  assert.equal(halted.code, 0, halted.out + halted.err)
  await assert.rejects(buy(client, SYMBOL, 1), /422/)
  await until('the state in the database', async () =>
    (await sql(`SELECT state FROM instruments WHERE symbol = '${SYMBOL}'`))[0][0] === 'halted')
  const other = await buy(client, universe[3].symbol, 1)
  await filled(client, other.order_id)
  const resumed = await ctl('resume', SYMBOL, '--reason', 'test of the halt ends')
  assert.equal(resumed.code, 0, resumed.out + resumed.err)
  const order = await buy(client, SYMBOL, 1)
  await filled(client, order.order_id)
})

test('the average price counts from where the operator says', async () => {
  const one = await ctl('window', SYMBOL, '--reason', 'test of the window')
  assert.equal(one.code, 0, one.out + one.err)
  assert.equal(one.out.trim(), `the average price of ${SYMBOL} counts from here`)
  const all = await ctl('window', 'ALL', '--reason', 'test of the window')
  assert.equal(all.out.trim(), 'the average price of all instruments counts from here')
})

test('only an administrator may halt', async () => {
  for (const role of ['client', 'dealer']) {
    const person = await demo(role)
    const answer = await person.request('POST', `/admin/instruments/${SYMBOL}/halt`, { reason: 'no right' })
    assert.equal(answer.status, 403, `${role}: ${answer.text}`)
  }
})

test('the dealer sees all orders, the client is refused', async () => {
  const dealer = await demo('dealer')
  assert.ok((await dealer.ok('GET', '/admin/orders?limit=10')).orders.length > 0)
  assert.equal((await (await demo('client')).get('/admin/orders')).status, 403)
})

test('an order is released at an exchange only, by two, and the trail has who asked', async () => {
  assert.match((await ctl('order', 'release', '1', '--reason', 'alone')).err, /needs an elevation/)
  const right = await ctl('approve', 'ask', 'right:limit_lift', '--minutes', '5', '--reason', 'test of the release', '--json')
  const { id } = JSON.parse(right.out).elevation
  await (await demo('compliance')).ok('POST', `/elevations/${id}/approve`, {})
  const asked = await ctl('order', 'release', '1', '--reason', 'test of the release')
  assert.equal(asked.code, 1, asked.out + asked.err)
  assert.match(asked.err, /no such open order/)
  assert.equal((await ctl('approve', 'end', id)).code, 0)
  assert.equal((await (await demo('dealer')).request('POST', '/admin/orders/release', { order_id: '1', reason: 'no right' })).status, 403)
  const rows = await sql(`SELECT outcome, reason FROM audit_entries WHERE act = 'order.release' AND subject = 'order:1'
    AND reason = 'test of the release' ORDER BY seq`)
  assert.deepEqual(rows.map(([outcome]) => outcome), ['asked', 'refused'])
})

test('wrong use of bijlictl is said with exit code 2', async () => {
  for (const args of [[], ['dance'], ['quote'], ['halt']]) {
    assert.equal((await ctl(...args)).code, 2, args.join(' '))
  }
  assert.equal((await ctl('quote', 'NOSUCHSHARE')).code, 1)
})
