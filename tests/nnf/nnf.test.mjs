import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { Member } from './member.mjs'
import { audited, bijliAudit, cipher, kill, killed, place, ports, prepare, share, sleep, start } from './place.mjs'

const BUY = 1, SELL = 2
const { symbol, price, step } = share
let member

async function box() {
  member = await Member.box(ports.router, 7, '12345', cipher)
  assert.equal(await member.signOn(501, 'Secret1'), 0)
  assert.equal(await member.signOn(502, 'Secret1'), 0)
}

before(prepare)
after(() => { member?.close(); kill() })

let sold

test('a box finds its way and users sign on', async () => {
  await box()
  assert.equal(member.tls, 'TLSv1.3')
  assert.equal(await member.signOn(501, 'Secret1'), 16004)
  assert.equal(await member.signOn(501, 'wrong'), 16006)
})

test('two users trade', async () => {
  const asked = member.order(501, { symbol, side: SELL, qty: 10, price, ref: 71, account: 'CLIENT1' })
  sold = await member.next()
  assert.deepEqual([sold.code, sold.error, sold.seq, sold.left, sold.ref], [20073, 0, asked, 10, 71])
  assert.equal(sold.pan, 'ABCDE1234F')
  assert.ok(sold.number > 1.1e15 && sold.number < 1.2e15)
  member.order(502, { symbol, side: BUY, qty: 4, price, ref: 72, account: 'ANY' })
  const bought = await member.next(), maker = await member.next(), taker = await member.next()
  assert.equal(bought.code, 20073)
  assert.deepEqual([maker.code, maker.user, maker.fill, maker.at, maker.left, maker.number], [20222, 501, 4, price, 6, sold.number])
  assert.deepEqual([taker.code, taker.user, taker.left, taker.number], [20222, 502, 0, bought.number])
  sold = { ...sold, activity: maker.activity }
})

test('what is wrong is refused with the exchange\'s codes', async () => {
  const refused = async (order) => { member.order(501, { symbol, side: BUY, qty: 1, price, ref: 1, account: 'CLIENT1', ...order }); return member.next() }
  const off = await refused({ price: price + 1 })
  assert.deepEqual([off.code, off.error], [20231, 16283])
  assert.equal((await refused({ price: price * 2 })).error, 16284)
  assert.equal((await refused({ symbol: 'NOSUCH' })).error, 16012)
  assert.equal((await refused({ account: 'CLIENT2' })).error, 16411)
})

test('what was said is in the audit log, by the reference and by the order number', async () => {
  await sleep(300)
  const byRef = audited('--client-order-id', '71').map((row) => [row.kind, row.message, row.user, row.nnf.pan])
  assert.deepEqual(byRef, [['in', 'order, trimmed', 501, '*'.repeat(10)], ['out', 'order confirmed, trimmed', 501, '*'.repeat(10)],
    ['out', 'trade, trimmed', 501, '*'.repeat(10)]])
  assert.deepEqual(audited('--order-id', String(sold.number)).map((row) => row.kind), ['out', 'out'])
  const text = bijliAudit(['tail', '--count', '10000']) + readdirSync(`${place}/data/audit`).map((file) => readFileSync(`${place}/data/audit/${file}`, 'latin1')).join('')
  assert.ok(text.includes('gateway router request') && text.includes('CLIENT1'))
  assert.ok(!text.includes('Secret1') && !text.includes('ABCDE1234F') && !text.includes(member.wire.keys.key.toString('latin1')))
})

test('a modification, and one with an old reference', async () => {
  member.change(20040, 501, sold, { price: price + step })
  const changed = await member.next()
  assert.deepEqual([changed.code, changed.error, changed.price, changed.left, changed.filled], [20074, 0, price + step, 6, 4])
  member.change(20070, 501, sold)
  const stale = await member.next()
  assert.deepEqual([stale.code, stale.error], [20072, 16343])
  sold = changed
})

test('a stop goes in and is told in the full form', async () => {
  member.stop(501, { symbol, side: BUY, qty: 3, price: price + 40 * step, trigger: price + 20 * step, account: 'CLIENT1' })
  const waits = await member.next()
  assert.deepEqual([waits.code, waits.error, waits.book, waits.trigger, waits.remarks], [2073, 0, 3, price + 20 * step, 'HELLO'])
})

test('killed with orders on their way: none is in doubt after the download', async () => {
  const whole = await member.download(501)
  for (let i = 0; i < 100; i++) member.order(501, { symbol, side: BUY, qty: 1, price: price - (10 + i) * step, ref: 1000 + i, account: 'CLIENT1' })
  const told = new Map()
  try {
    while (told.size < 40) { const got = await member.next(); assert.equal(got.code, 20073); told.set(got.ref, got) }
  } finally { await killed() }
  for (;;) { // what had been sent before the end
    try { const got = await member.next(); told.set(got.ref, got) } catch { break }
  }
  member.close()
  await start()
  await box()
  const day = await member.download(501)
  assert.deepEqual(day.slice(0, whole.length).map((m) => [m.code, m.number, m.activity, m.left]), whole.map((m) => [m.code, m.number, m.activity, m.left]))
  const numbers = new Map(day.filter((m) => m.code === 2073).map((m) => [m.number, m]))
  for (const got of told.values()) { // acknowledged is durable
    const again = numbers.get(got.number)
    assert.ok(again, `order ${got.number} was confirmed and is gone`)
    assert.deepEqual([again.price, again.qty, again.activity], [got.price, got.qty, got.activity])
  }
  const rest = await member.download(501, day[whole.length - 1].jiffies)
  assert.equal(rest.length, day.length - whole.length)
  const one = [...told.values()][0]
  member.change(20070, 501, one)
  const gone = await member.next()
  assert.deepEqual([gone.code, gone.error, gone.ref], [20075, 0, one.ref])
})
