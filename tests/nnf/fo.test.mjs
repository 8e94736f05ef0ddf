// A day in futures and options, beside the cash market's door, with a restart in it.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { Member } from './member.mjs'
import { FoMember } from './member_fo.mjs'
import { audited, cipher, config, contracts, expired, future, kill, killed, option, ports, prepare, share, sleep, start } from './place.mjs'

const BUY = 1, SELL = 2, LOT = future.lot
const terms = (c) => ({ token: c.token, instrument: c.instrument, symbol: c.symbol, expiry: c.expiry, strike: c.strike, option: c.option })
let member, cash

async function box() {
  member = await FoMember.box(ports.foRouter, 7, '12345', cipher)
  assert.equal(await member.signOn(501, 'Secret1'), 0)
  assert.equal(await member.signOn(502, 'Secret1'), 0)
  cash = await Member.box(ports.router, 7, '12345', cipher)
  assert.equal(await cash.signOn(501, 'Secret1'), 0)
}

before(prepare)
after(() => { member?.close(); cash?.close(); kill() })

// One order of user 501 and what it is answered.
async function ask(order) {
  member.order(501, { contract: future, side: BUY, qty: LOT, price: future.close, ref: 1, account: 'CLIENT1', ...order })
  return member.next()
}

test('the same box and user number on both doors', async () => {
  await box()
  assert.equal(member.tls, 'TLSv1.3')
  assert.equal(await member.signOn(501, 'Secret1'), 16004)
})

let sold

test('a future trades between two users', async () => {
  sold = await ask({ side: SELL, qty: 2 * LOT, ref: 71 })
  assert.deepEqual([sold.code, sold.error, sold.left, sold.ref, sold.pan], [20073, 0, 2 * LOT, 71, 'ABCDE1234F'])
  assert.deepEqual(sold.contract, terms(future))
  member.order(502, { contract: future, side: BUY, qty: LOT, price: future.close, ref: 72, account: 'ANY' })
  const bought = await member.next(), maker = await member.next(), taker = await member.next()
  assert.equal(bought.code, 20073)
  assert.deepEqual([maker.code, maker.user, maker.fill, maker.at, maker.left, maker.number], [20222, 501, LOT, future.close, LOT, sold.number])
  assert.deepEqual(maker.contract, terms(future))
  assert.deepEqual([taker.code, taker.user, taker.left, taker.number], [20222, 502, 0, bought.number])
  sold = { ...sold, activity: maker.activity }
})

test('an option trades, at ticks of its own', async () => {
  const call = await ask({ contract: option, price: option.close + 5, ref: 73 })
  assert.deepEqual([call.code, call.contract], [20073, terms(option)])
  member.order(502, { contract: option, side: SELL, qty: LOT, price: option.close, ref: 74, account: 'ANY' })
  const codes = [await member.next(), await member.next(), await member.next()]
  assert.deepEqual(codes.map((m) => m.code), [20073, 20222, 20222])
  assert.deepEqual(codes.slice(1).map((m) => [m.at, m.left, m.contract.token]), [[option.close + 5, 0, option.token], [option.close + 5, 0, option.token]])
})

test('the cash market goes on beside it', async () => {
  cash.order(501, { symbol: share.symbol, side: BUY, qty: 1, price: share.price, ref: 75, account: 'CLIENT1' })
  const got = await cash.next()
  assert.deepEqual([got.code, got.error, got.ref], [20073, 0, 75])
})

test('what is wrong is refused in the full form, 2231', async () => {
  const tick = await ask({ price: future.close + 1, ref: 81 })
  assert.deepEqual([tick.code, tick.error, tick.contract], [2231, 16283, terms(future)])
  const refused = async (order) => { const got = await ask(order); assert.equal(got.code, 2231); return got.error }
  assert.equal(await refused({ price: future.high + 100 }), 16284)
  assert.notEqual(await refused({ qty: LOT + 1 }), 0)
  assert.notEqual(await refused({ qty: 1875 }), 0) // the freeze quantity is 1801: 24 lots
  assert.equal(await refused({ contract: { ...future, strike: 1 } }), 16012)
  assert.equal(await refused({ contract: { ...future, token: 35010 } }), 16012)
  assert.equal(await refused({ contract: { ...option, option: 'PE' } }), 16012)
  assert.equal(await refused({ contract: expired }), 16012)
  assert.equal(await refused({ contract: { ...future, token: 36001, symbol: 'BANKNIFTY' } }), 16012)
  assert.equal(await refused({ account: 'CLIENT2' }), 16414)
})

test('modification, price modification, cancellation', async () => {
  member.change(20040, 501, sold, { price: future.close + future.tick })
  const changed = await member.next()
  assert.deepEqual([changed.code, changed.error, changed.price, changed.left, changed.filled], [20074, 0, future.close + future.tick, LOT, LOT])
  member.priceModify(501, changed, future.close + 2 * future.tick)
  const dearer = await member.next()
  assert.deepEqual([dearer.code, dearer.error, dearer.price, dearer.qty], [20074, 0, future.close + 2 * future.tick, 2 * LOT])
  member.change(20070, 501, changed)
  const stale = await member.next()
  assert.deepEqual([stale.code, stale.error], [2072, 16343])
  member.change(20070, 501, dearer)
  const gone = await member.next()
  assert.deepEqual([gone.code, gone.error, gone.number, gone.ref], [20075, 0, sold.number, 71])
})

test('a stop goes in in the full form, wakes and trades in it', async () => {
  const trigger = future.close + 20 * future.tick
  member.full(2000, 501, { contract: future, side: BUY, qty: LOT, price: trigger + 10 * future.tick, trigger, account: 'CLIENT1' })
  const waits = await member.next()
  assert.deepEqual([waits.code, waits.error, waits.book, waits.trigger, waits.remarks], [2073, 0, 3, trigger, 'HELLO'])
  assert.deepEqual(waits.contract, terms(future))
  const at502 = (side, qty, ref) => member.order(502, { contract: future, side, qty, price: trigger, ref, account: 'ANY' })
  at502(SELL, 2 * LOT, 91)
  const offered = await member.next()
  assert.equal(offered.code, 20073)
  const taker = await ask({ qty: LOT, price: trigger, ref: 92 }) // the last price reaches the trigger
  assert.equal(taker.code, 20073)
  const told = []
  while (!told.some((m) => m.code === 2222)) told.push(await member.next())
  assert.ok(told.some((m) => m.code === 2212 && m.number === waits.number))
  const filled = told.find((m) => m.code === 2222)
  assert.deepEqual([filled.number, filled.fill, filled.at, filled.left, filled.contract], [waits.number, LOT, trigger, 0, terms(future)])
  while (told.filter((m) => m.code === 20222).length < 3) told.push(await member.next())
})

test('the kill switch: one contract, then all', async () => {
  const open = []
  for (const [contract, ref] of [[future, 101], [future, 102], [option, 103]]) {
    const got = await ask({ contract, price: contract.close - 20 * contract.tick, ref })
    assert.equal(got.code, 20073)
    open.push(got)
  }
  member.full(2062, 501, { contract: future })
  const killedFutures = [await member.next(), await member.next()]
  assert.deepEqual(killedFutures.map((m) => [m.code, m.ref]).sort(), [[20075, 101], [20075, 102]])
  member.full(2062, 501, { token: -1 })
  const last = await member.next()
  assert.deepEqual([last.code, last.number], [20075, open[2].number])
  member.full(2062, 501, { token: 4711, contract: { ...future, token: 4711 } })
  const no = await member.next()
  assert.deepEqual([no.code, no.error], [2231, 16012])
})

test('what was said here is in the audit log as FO\'s', async () => {
  await sleep(300)
  const rows = audited('--client-order-id', '71')
  assert.deepEqual(rows.map((row) => [row.kind, row.message]).slice(0, 3), [['in', 'order, trimmed'], ['out', 'order confirmed, trimmed'], ['out', 'trade, trimmed']])
  assert.ok(rows.every((row) => row.dialect === 'nnf fo' && row.session === 41 && row.box === 7 && row.nnf.pan !== 'ABCDE1234F'))
  assert.equal(rows[0].nnf.instrument, 'FUTIDX')
  assert.ok(audited('--order-id', String(sold.number)).length >= 6)
  assert.ok(audited('--client-order-id', '81').some((row) => row.message === 'order refused' && row.nnf.error === 16283))
})

test('killed with orders on their way: none is in doubt after the download', async () => {
  const whole = await member.download(501)
  for (let i = 0; i < 60; i++) member.order(501, { contract: i % 2 ? future : option, side: BUY, qty: LOT, price: (i % 2 ? future : option).close - (40 + i) * 10, ref: 1000 + i, account: 'CLIENT1' })
  const told = new Map()
  try {
    while (told.size < 20) { const got = await member.next(); assert.equal(got.code, 20073); told.set(got.ref, got) }
  } finally { await killed() }
  for (;;) {
    try { const got = await member.next(); told.set(got.ref, got) } catch { break }
  }
  member.close(), cash.close()
  await start()
  await box()
  const day = await member.download(501)
  assert.deepEqual(day.slice(0, whole.length).map((m) => [m.code, m.number, m.activity, m.left]), whole.map((m) => [m.code, m.number, m.activity, m.left]))
  const numbers = new Map(day.filter((m) => m.code === 2073).map((m) => [m.number, m]))
  for (const got of told.values()) {
    const again = numbers.get(got.number)
    assert.ok(again, `order ${got.number} was confirmed and is gone`)
    assert.deepEqual([again.price, again.qty, again.activity, again.contract], [got.price, got.qty, got.activity, got.contract])
  }
  const one = [...told.values()][0]
  member.change(20060, 501, one)
  const gone = await member.next()
  assert.deepEqual([gone.code, gone.error, gone.ref], [20075, 0, one.ref])
  await sleep(1500)
  const figures = JSON.parse(readFileSync(`${config.run_dir}/dataplane.status.json`, 'utf8')).figures
  assert.deepEqual([figures.nnf_users, figures.nnf_fo_users, figures.audit_missed], [1, 2, 0])
})

test('risk is told once what the contracts are: segment, underlying', () => {
  const dump = execFileSync(process.env.NNF_BIN.replace('bijli-dataplane', 'bijli-journal'), ['dump', `${config.data_dir}/journal`]).toString()
  const said = dump.split('\n').map((line) => /limit token (\d+) level instrument limit (\w+) desk 0 value (\d+)/.exec(line)).filter(Boolean)
  assert.deepEqual(said.map((m) => m.slice(1, 4).join(' ')), [future, option].flatMap((c) => [`${c.token} segment 1`, `${c.token} underlying 26000`]))
})

test('another day\'s file brings another close and band; one with the cash market\'s token is refused', async () => {
  member.close(), cash.close()
  await killed()
  contracts([{ ...future, close: 2600000, high: 2900000 }, option])
  await start()
  await box()
  const high = await ask({ price: 2890000, side: SELL, ref: 2001 })
  assert.deepEqual([high.code, high.error], [20073, 0])
  member.close(), cash.close()
  await killed()
  contracts([{ ...future, token: 1333 }, option])
  await start()
  assert.match(readFileSync(`${process.env.NNF_PLACE}/log`, 'utf8'), /contracts_file: token 1333 of NIFTY-1333 is HDFCBANK's/)
})
