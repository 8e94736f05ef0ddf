// The operator stops an instrument and lets it go on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buy, byTwo, ctl, demo, filled, signUp, sql, universe, until } from './world.mjs'

const SYMBOL = universe[2].symbol

test('one halts; to resume takes another, who is not who asks', async () => {
  const client = await signUp(), compliance = await demo('compliance')
  const halted = await ctl('halt', SYMBOL, '--reason', 'test of the halt')
  assert.equal(halted.code, 0, halted.out + halted.err)
  await assert.rejects(buy(client, SYMBOL, 1), /422/)
  await until('the state in the database', async () =>
    (await sql(`SELECT state FROM instruments WHERE symbol = '${SYMBOL}'`))[0][0] === 'halted')
  const other = await buy(client, universe[3].symbol, 1)
  await filled(client, other.order_id)
  const asked = await ctl('resume', SYMBOL, '--reason', 'test of the halt ends')
  assert.equal(asked.code, 4, asked.out + asked.err)
  assert.match(asked.out, new RegExp(`waits for a second person: ${SYMBOL} is in continuous trading, now halted`))
  const [, id] = /bijlictl approve yes (\d+)/.exec(asked.out)
  assert.match((await ctl('approve', 'list')).out, new RegExp(`\\n${id} .*act:state.*\\n +${SYMBOL} is in continuous trading, now halted; not done`))
  assert.match((await ctl('approve', 'yes', id)).err, /people give this/)
  assert.equal((await ctl('phase', SYMBOL, 'open', '--reason', 'in other words')).code, 4)
  await assert.rejects(buy(client, SYMBOL, 1), /422/)
  const { elevation } = await compliance.ok('POST', `/elevations/${id}/approve`, {})
  assert.deepEqual([elevation.outcome, elevation.act, elevation.in_force.state], ['done', { symbol: SYMBOL, state: 'open' }, 'halted'])
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

test('what two have done meanwhile is nothing any more that a second person would have to do', async () => {
  const symbol = universe[8].symbol, compliance = await demo('compliance'), admin = await demo('admin')
  assert.equal((await ctl('halt', symbol, '--reason', 'a')).code, 0)
  const waits = async (who) => (await who.request('POST', `/admin/instruments/${symbol}/resume`, { reason: 'b' })).body.waits
  const { id } = await waits(admin)
  assert.equal((await admin.request('POST', `/elevations/${id}/approve`, {})).status, 403) // one's own
  await byTwo(compliance, 'resume', symbol, '--reason', 'c')
  // It trades: the other ask loosens nothing any more, and is done as it stands.
  assert.equal((await compliance.ok('POST', `/elevations/${id}/approve`, {})).elevation.outcome, 'done')
  assert.equal((await compliance.request('POST', `/elevations/${id}/approve`, {})).status, 404)
})

test('a yes is for the stop there was when it was asked for; a price of one\'s own takes two as well', async () => {
  const symbol = universe[11].symbol, compliance = await demo('compliance'), admin = await demo('admin')
  const asks = async (path, body) => {
    const { status, body: said, text } = await admin.request('POST', `/admin/instruments/${symbol}/${path}`, { ...body, reason: 'a' })
    assert.equal(status, 202, text)
    return said.waits
  }
  assert.equal((await ctl('halt', symbol, '--reason', 'a')).code, 0)
  const { id } = await asks('resume', {})
  assert.equal((await ctl('halt', symbol, '--reason', 'for another reason')).code, 0)
  assert.equal((await compliance.request('POST', `/elevations/${id}/approve`, {})).status, 409)
  await byTwo(compliance, 'resume', symbol, '--reason', 'b')
  const auction = await asks('phase', { phase: 'auction', auction: 'open', reference_paise: 1, band_bp: 10000 })
  assert.deepEqual([auction.in_force.state, auction.act.reference_paise], ['open', 1])
  await compliance.ok('POST', `/elevations/${auction.id}/refuse`, { reason: 'no' })
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
