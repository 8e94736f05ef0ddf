// One part after the other dies.  What should go on goes on, the status says what is away, and it heals.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { afterEach, before, test } from 'node:test'
import { buy, ctl, Client, demo, filled, health, isUp, kill9, pidOf, redis, signUp, sleep, sql, sv, universe, until } from './world.mjs'

const PARTS = ['postgres', 'redis', 'nats', 'exchange', 'relay', 'control', 'maker']
const SYMBOL = universe[5].symbol
let client

before(async () => { client = await signUp() })
afterEach(async () => {
  for (const part of PARTS) sv('up', part)
  await until('all to be healthy again', healthy, 60000)
})

async function status() {
  const { out } = await ctl('--json', 'status')
  return JSON.parse(out)
}
const healthy = async () => (await status()).components.every((part) => part.state === 'up')
// The part is said to be away, and clients are told in `degraded`.
const said = (pattern) => until(`status to say ${pattern}`, async () => {
  const got = await status()
  return got.components.some((part) => part.state !== 'up' && pattern.test(`${part.name} ${part.text}`)) && got.degraded.length > 0
}, 30000)

test('PostgreSQL: orders go on, no log-in; the rows come later', async () => {
  await client.get('/me')
  sv('down', 'postgres')
  await said(/postgres|database/i)
  const { quotes } = await client.ok('GET', `/market/quotes?symbols=${SYMBOL}`)
  assert.equal(quotes[0].stale, false)
  const order = await buy(client, SYMBOL, 2)
  const refused = await new Client().request('POST', '/auth/login', { email: client.email, password: client.password })
  assert.equal(refused.status, 503, refused.text)
  sv('up', 'postgres')
  await until('the row', async () => (await sql(`SELECT 1 FROM orders WHERE order_id = ${order.order_id} AND state = 'filled'`)).length, 60000)
  const [[qty]] = await sql(`SELECT sum(qty) FROM trades WHERE order_id = ${order.order_id}`)
  assert.equal(qty, '2')
})

test('Redis: everything goes on', async () => {
  sv('down', 'redis')
  await said(/redis|cache/i)
  const again = new Client()
  await again.login(client.email, client.password)
  await filled(again, (await buy(again, SYMBOL, 1)).order_id)
  sv('up', 'redis')
  await until('quotes in Redis', () => redis('get', `market:${SYMBOL}`), 30000)
})

test('NATS: trading, history and quotes go on; live prices come back', async () => {
  sv('down', 'nats')
  await said(/nats|bus/i)
  await filled(client, (await buy(client, SYMBOL, 1)).order_id)
  assert.equal((await client.get(`/market/book/${SYMBOL}`)).status, 200)
  sv('up', 'nats')
  await until('the edge to be well', () => isUp('edge'), 40000)
  const socket = await client.ticks([universe[0].token])
  await until('live packets', () => socket.packets.size > 0, 30000)
  socket.close()
})

test('exchange: prices are called stale, resting orders stand, books come back', async () => {
  sv('down', 'exchange')
  await said(/exchange|feed|market data/i)
  await until('quotes to be stale', async () => (await client.ok('GET', `/market/quotes?symbols=${SYMBOL}`)).quotes[0].stale, 30000)
  sv('up', 'exchange')
  await until('quotes to move again', async () => !(await client.ok('GET', `/market/quotes?symbols=${SYMBOL}`)).quotes[0].stale, 90000)
  await filled(client, (await until('somebody to trade with', () => buy(client, SYMBOL, 1), 60000)).order_id)
})

test('relay: killed, it goes on where it was, each event once', async () => {
  const pid = kill9('relay')
  const order = await buy(client, SYMBOL, 1)
  await until('another relay', () => pidOf('relay') !== pid && isUp('relay'), 30000)
  // Whatever a service ends by that it does not see itself stands in its log.
  const log = readFileSync(`${process.env.BIJLI_VAR}/log/relay/current`, 'utf8')
  assert.match(log, /ended: exit -1 signal 9/)
  await until('the row', async () => (await sql(`SELECT 1 FROM orders WHERE order_id = ${order.order_id} AND state = 'filled'`)).length, 30000)
  const odd = await sql('SELECT match_id, token FROM trades GROUP BY 1, 2 HAVING count(*) <> 2')
  assert.deepEqual(odd, [])
})

test('control: nginx says so in the form of the API, sessions live on', async () => {
  sv('down', 'control')
  await sleep(300)
  const away = await client.get('/me')
  assert.equal(away.status, 503)
  assert.equal(away.body.error.code, 'unavailable')
  // Whoever sends an order may not be told that nothing was done: that is not known here.
  const order = await client.request('POST', '/orders', { symbol: SYMBOL, side: 'BUY', type: 'MARKET', tif: 'DAY', qty: 1 })
  assert.equal(order.status, 504)
  assert.equal(order.body.error.code, 'unknown_outcome')
  assert.equal((await ctl('status')).code, 3)
  sv('up', 'control')
  await until('the session', async () => (await client.get('/me')).status === 200, 30000)
  await filled(client, (await until('an order', () => buy(client, SYMBOL, 1), 30000)).order_id)
})

test('maker: its quotes are its own; it comes back and quotes again', async () => {
  const pid = kill9('maker')
  await until('another maker', () => pidOf('maker') !== pid && isUp('maker'), 30000)
  const person = await demo('client')
  await filled(person, (await until('an order that trades', () => buy(person, SYMBOL, 1), 30000)).order_id)
  assert.equal(health('dataplane').state, 'up')
})
