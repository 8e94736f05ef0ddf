// An order from a new person's sign-up to the rows in the database.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { buy, ctl, filled, offer, signUp, sql, universe, until } from './world.mjs'

const SYMBOL = universe[1].symbol
let client
let order

before(async () => { client = await signUp() })

test('a new person is a client with an account of their own', async () => {
  const { user } = await client.ok('GET', '/me')
  assert.equal(user.role, 'client')
  assert.ok(Number(user.account_id) >= 1000)
})

test('a limit order at the offer trades, and the update socket says so', async () => {
  const socket = await client.stream()
  order = await until('an order that trades at once or soon', () => buy(client, SYMBOL, 3))
  const done = await filled(client, order.order_id)
  assert.equal(done.filled_qty, 3)
  assert.equal(done.leaves_qty, 0)
  await until('order and trade on the socket', () =>
    socket.got.some((m) => m.type === 'trade' && m.trade.order_id === order.order_id) &&
    socket.got.some((m) => m.type === 'order' && m.order.order_id === order.order_id && m.order.state === 'filled'))
  await until('portfolio on the socket', () => socket.got.some((m) => m.type === 'portfolio'))
  socket.close()
})

test('order, trades and position are in PostgreSQL exactly once', async () => {
  const account = client.user.account_id
  await until('the order row', async () => (await sql(
    `SELECT 1 FROM orders WHERE account_id = ${account} AND order_id = ${order.order_id} AND state = 'filled'`)).length)
  const [[rows, cum, value]] = await sql(`SELECT count(*), sum(cum_qty), sum(value_paise) FROM orders WHERE account_id = ${account}`)
  assert.deepEqual([rows, cum], ['1', '3'])
  const [[traded, tradedValue]] = await sql(
    `SELECT sum(qty), sum(qty::bigint * price_paise) FROM trades WHERE account_id = ${account}`)
  assert.deepEqual([traded, tradedValue], ['3', value])
  assert.deepEqual(await sql(`SELECT buy_qty, buy_value_paise, sell_qty, open_qty FROM positions WHERE account_id = ${account}`),
    [['3', value, '0', '3']])
})

// Over all accounts: both sides of a match are there, and nothing was written twice.
test('every match in the database has its two sides', async () => {
  const odd = await sql(`SELECT match_id, token, count(*) FROM trades GROUP BY 1, 2
    HAVING count(*) <> 2 OR count(DISTINCT side) <> 2 OR count(DISTINCT qty) <> 1 OR count(DISTINCT price_paise) <> 1`)
  assert.deepEqual(odd, [])
})

test('positions are the sums of the trades', async () => {
  const odd = await sql(`SELECT p.account_id, p.token FROM positions p LEFT JOIN (
      SELECT account_id, token, sum(qty) FILTER (WHERE side = 'B') AS b, sum(qty) FILTER (WHERE side = 'S') AS s
      FROM trades GROUP BY 1, 2) t USING (account_id, token)
    WHERE p.buy_qty <> coalesce(t.b, 0) OR p.sell_qty <> coalesce(t.s, 0)`)
  assert.deepEqual(odd, [])
})

test('the API shows order, trade and position, and only to their owner', async () => {
  const { positions } = await client.ok('GET', '/positions')
  assert.equal(positions.find((row) => row.symbol === SYMBOL).qty, 3)
  const { trades } = await client.ok('GET', '/trades')
  assert.equal(trades.filter((row) => row.order_id === order.order_id).reduce((sum, row) => sum + row.qty, 0), 3)
  const other = await signUp('Second Client')
  assert.deepEqual((await other.ok('GET', '/orders')).orders, [])
  assert.equal((await other.request('DELETE', `/orders/${order.order_id}`)).status, 404)
})

// Far from the market, so that it waits.
async function rest(qty) {
  const { tick } = universe.find((row) => row.symbol === SYMBOL)
  const price = Math.floor(((await offer(client, SYMBOL)) * 0.9) / tick) * tick
  const { order: resting } = await client.ok('POST', '/orders',
    { symbol: SYMBOL, side: 'BUY', type: 'LIMIT', tif: 'DAY', qty, price_paise: price })
  assert.equal(resting.state, 'open')
  return { resting, price, tick }
}

test('an order far away rests, is modified and cancelled', async () => {
  const { resting, price, tick } = await rest(5)
  const { order: changed } = await client.ok('PATCH', `/orders/${resting.order_id}`, { price_paise: price - tick, qty: 4 })
  assert.deepEqual([changed.price_paise, changed.qty], [price - tick, 4])
  const { order: gone } = await client.ok('DELETE', `/orders/${resting.order_id}`)
  assert.equal(gone.state, 'cancelled')
})

test('a price outside the band is refused with its reason', async () => {
  const answer = await client.request('POST', '/orders',
    { symbol: SYMBOL, side: 'BUY', type: 'LIMIT', tif: 'DAY', qty: 1, price_paise: 100000000 })
  assert.equal(answer.status, 422, answer.text)
  assert.equal(answer.body.error.code, 'rejected')
})

test('bijlictl shows status, quote, book and the order', async () => {
  for (const args of [['status'], ['quote', SYMBOL], ['book', SYMBOL], ['orders']]) {
    const plain = await ctl(...args)
    assert.equal(plain.code, 0, `${args}: ${plain.out}${plain.err}`)
    const json = await ctl('--json', ...args)
    assert.equal(json.code, 0, `${args} --json: ${json.err}`)
    JSON.parse(json.out)
  }
  const { resting } = await rest(1)
  await until('the order among the newest', async () =>
    new RegExp(`^${resting.order_id} .*${client.user.account_id}.*${SYMBOL}`, 'm').test((await ctl('orders')).out))
  await client.ok('DELETE', `/orders/${resting.order_id}`)
})
