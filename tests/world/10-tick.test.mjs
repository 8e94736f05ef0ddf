// A tick from the exchange to each of its readers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { config, demo, health, natsOne, opened, redis, sleep, sql, universe, until } from './world.mjs'

const SYMBOL = universe[0].symbol
const TOKEN = universe[0].token

test('the dataplane reads both sources and each message once', async () => {
  const one = await until('feed figures', () => Object.keys(health('dataplane').figures ?? {}).length && health('dataplane'))
  await sleep(2500)
  const two = health('dataplane')
  const grew = Object.keys(two.figures).filter((name) => /feed|msg|frame/.test(name) && two.figures[name] > (one.figures[name] ?? 0))
  assert.ok(grew.length > 0, `no feed figure grew: ${JSON.stringify(two.figures)}`)
})

test('Redis has market:SYMBOL for at most 60 s', async () => {
  const quote = JSON.parse(await until('the quote', () => redis('get', `market:${SYMBOL}`)))
  assert.equal(quote.symbol, SYMBOL)
  assert.ok(quote.bid_paise > 0 && quote.ask_paise > quote.bid_paise, JSON.stringify(quote))
  const ttl = Number(await redis('ttl', `market:${SYMBOL}`))
  assert.ok(ttl > 0 && ttl <= 60, `ttl ${ttl}`)
})

test('NATS carries the 272-byte quote', async () => {
  const quote = await natsOne(`md.cm.${SYMBOL}`)
  assert.equal(quote.length, 272)
  assert.equal(quote.readUInt32LE(16), TOKEN)
  assert.equal(quote.toString('latin1', 24, 40).replace(/\0.*/, ''), SYMBOL)
  assert.ok(quote.readInt32LE(104) > 0)
})

test('the edge sends prices that move, in the Kite form', async () => {
  const client = await demo('client')
  const socket = await client.ticks(universe.slice(0, 20).map((row) => row.token))
  await until('packets of twenty instruments', () => socket.packets.size === 20)
  const first = new Map(socket.packets)
  await until('a packet that changed', () =>
    [...socket.packets].some(([token, packet]) => !packet.equals(first.get(token))))
  const packet = socket.packets.get(TOKEN)
  assert.equal(packet.length, 184)
  assert.ok(packet.readInt32BE(4) > 0, 'last price')
  socket.close()
})

test('the API and the tick agree within a few ticks', async () => {
  const client = await demo('client')
  // A dataplane that heard the exchange in the middle calls its books stale until the streams begin again.
  const quotes = await until('a quote that is not stale', async () => {
    const got = (await client.ok('GET', `/market/quotes?symbols=${SYMBOL}`)).quotes
    assert.equal(got.length, 1)
    return !got[0].stale && got
  }, 40000)
  const cached = JSON.parse(await redis('get', `market:${SYMBOL}`))
  assert.ok(Math.abs(cached.bid_paise - quotes[0].bid_paise) < quotes[0].bid_paise * 0.02)
})

test('a socket without a ticket is refused', async () => {
  const WebSocket = (await import('ws')).default
  for (const ticket of ['', 'x', '1.9999999999.00', `1.1.${'0'.repeat(64)}`]) {
    const protocols = ['bijli.ticks', ticket && `bijli.ticket.${ticket}`].filter(Boolean)
    const socket = new WebSocket(`wss://localhost:${config.edge.port}/`, protocols, { origin: config.web.origin })
    await assert.rejects(opened(socket), /socket refused: 40[013]/)
  }
  // A good one in the address is none: addresses end up in logs.
  const { url, ticket } = await (await demo('client')).ok('GET', '/market/ticket')
  const socket = new WebSocket(`${url}?ticket=${ticket}`, ['bijli.ticks'], { origin: config.web.origin })
  await assert.rejects(opened(socket), /socket refused: 403/)
})

test('candles of five seconds gather in PostgreSQL', async () => {
  await until('a candle', async () => Number((await sql('SELECT count(*) FROM candles'))[0][0]) > 0, 30000)
})
