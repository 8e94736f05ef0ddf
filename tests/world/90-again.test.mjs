// After `make stop` and `make run`: what was there is there.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buy, demo, filled, sql, universe, until } from './world.mjs'

test('orders of before are in the books of the database, and new ones have higher numbers', async () => {
  const [[rows, last]] = await sql('SELECT count(*), max(order_id) FROM orders')
  assert.ok(Number(rows) > 0)
  const client = await demo('client')
  const order = await until('an order', () => buy(client, universe[6].symbol, 1), 30000)
  assert.ok(BigInt(order.order_id) > BigInt(last), `${order.order_id} after ${last}`)
  await filled(client, order.order_id)
})

test('no match was written twice by the rebuilt event log', async () => {
  assert.deepEqual(await sql('SELECT match_id, token FROM trades GROUP BY 1, 2 HAVING count(*) <> 2'), [])
})
