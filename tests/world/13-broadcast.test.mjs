// What has no tick-by-tick: an instrument and an index that only the exchange's broadcast tells of, from its datagrams
// to readers of shared memory, the API and the market maker; one source lost, and both.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { afterEach, before, test } from 'node:test'
import { bin, demo, filled, buy, health, redis, runDir, sleep, universe, until } from './world.mjs'

const SYMBOL = 'BIJLIDEMO', INDEX = 'BHARAT 61'
const tell = (...words) => execFileSync(bin('bijli-exchange'), ['--tell', runDir, ...words], { encoding: 'utf8' }).trim()
const figure = (name) => health('dataplane').figures[name] ?? 0

let client
before(async () => { client = await demo('client') })
afterEach(() => tell('clear'))

const quote = async () => (await client.ok('GET', `/market/quotes?symbols=${SYMBOL}`)).quotes[0]
const fresh = (ms = 20000) => until(`${SYMBOL} not stale`, async () => !(await quote()).stale, ms)

// What bijli-watch prints of both in so many seconds, line by line.
async function watch(seconds) {
  const child = spawn(bin('bijli-watch'), ['--seconds', String(seconds), runDir, SYMBOL, INDEX])
  let text = ''
  child.stdout.on('data', (bytes) => { text += bytes })
  await new Promise((resolve) => child.on('close', resolve))
  return text.split('\n')
}

test('it is in the table of instruments, without a stream', () => {
  assert.ok(universe.some((row) => row.symbol === SYMBOL))
})

test('bijli-watch sees its prices and the index move, flagged', async () => {
  await fresh()
  const lines = await watch(8)
  const tops = new Set(lines.filter((line) => / top BIJLIDEMO .* broadcast$/.test(line)).map((line) => line.slice(16)))
  const values = new Set(lines.filter((line) => / index BHARAT 61 .* broadcast$/.test(line)).map((line) => line.split(' ')[4]))
  assert.ok(tops.size >= 3, lines.join('\n'))
  assert.ok(values.size >= 3, lines.join('\n'))
  assert.ok(lines.some((line) => / trade BIJLIDEMO .* broadcast$/.test(line)), lines.join('\n'))
  assert.ok(!lines.some((line) => /(top|trade|index) .*[0-9]$/.test(line)), lines.join('\n'))
})

test('the dataplane counts it, and each datagram once', async () => {
  const names = ['bcast_datagrams', 'bcast_copies', 'bcast_rows', 'bcast_index_values']
  const was = names.map(figure), bad = figure('feed_bad_datagrams')
  await sleep(5000)
  const grew = names.map((name, i) => figure(name) - was[i])
  assert.ok(grew.every((count) => count >= 3 && count <= 8), `${names}: ${grew}`)
  assert.equal(figure('bcast_bad_datagrams') + figure('bcast_bad_items') + figure('bcast_bad_records'), 0)
  assert.equal(figure('feed_bad_datagrams'), bad)
})

test('the API, Redis and the ladder have its five levels', async () => {
  const seen = await quote()
  assert.ok(seen.bid_paise > 0 && seen.bid_paise < seen.ask_paise, JSON.stringify(seen))
  const cached = JSON.parse(await until('the quote', () => redis('get', `market:${SYMBOL}`)))
  assert.ok(cached.bid_paise > 0 && cached.ask_paise > cached.bid_paise, JSON.stringify(cached))
  const depth = await client.ok('GET', `/market/book/${SYMBOL}`)
  assert.equal(depth.bids.length, 5)
  assert.equal(depth.asks.length, 5)
  assert.ok(depth.bids.every((level, i) => level.qty > 0 && (!i || level.price_paise < depth.bids[i - 1].price_paise)))
})

test('the edge sends it like others, depth and all', async () => {
  const { token } = universe.find((row) => row.symbol === SYMBOL)
  const socket = await client.ticks([token])
  const first = await until('a packet', () => socket.packets.get(token))
  assert.equal(first.length, 184)
  for (let level = 0; level < 10; level++) { // five bids, five asks: qty, price, orders
    assert.ok(first.readInt32BE(64 + level * 12) > 0 && first.readInt32BE(68 + level * 12) > 0, `level ${level}`)
  }
  await until('another', () => !socket.packets.get(token).equals(first))
  socket.close()
})

test('the maker quotes it, and an order trades', async () => {
  const { order_id: orderId } = await buy(client, SYMBOL, 1)
  await filled(client, orderId)
})

test('source A is dark: B brings it', async () => {
  const was = figure('bcast_rows')
  tell('silence', 'a', 'CM:bcast', 'on')
  await sleep(8000)
  assert.ok(figure('bcast_rows') - was >= 5)
  assert.equal((await quote()).stale, false)
})

test('a corrupt datagram is counted and changes nothing', async () => {
  const was = figure('bcast_bad_items') + figure('bcast_bad_datagrams') + figure('bcast_bad_records')
  tell('corrupt', 'both', 'CM:bcast', 'permille', '1000')
  await until('bad ones to be counted', () =>
    figure('bcast_bad_items') + figure('bcast_bad_datagrams') + figure('bcast_bad_records') > was, 20000)
  tell('clear')
  await fresh()
  const seen = await quote()
  assert.ok(seen.bid_paise > 0 && seen.bid_paise < seen.ask_paise, JSON.stringify(seen))
})

test('both are dark: stale after some 5 s, and whole with the next record', async () => {
  await fresh()
  const lines = watch(14)
  tell('silence', 'both', 'CM:bcast', 'ms', '9000')
  await sleep(3000)
  assert.equal((await quote()).stale, false)
  await until(`${SYMBOL} stale`, async () => (await quote()).stale, 6000)
  assert.equal((await client.ok('GET', '/market/quotes?symbols=RELIANCE')).quotes[0].stale, false)
  await fresh(8000)
  const seen = await lines
  const stale = seen.indexOf(`${SYMBOL}: its book is stale`), whole = seen.indexOf(`${SYMBOL}: its book is whole again`)
  assert.ok(stale >= 0 && whole > stale, seen.join('\n'))
  assert.ok(seen.some((line) => / index BHARAT 61 .* broadcast stale$/.test(line)), seen.join('\n'))
  await until('the silence to be counted', () => figure('bcast_silences') >= 1)
})
