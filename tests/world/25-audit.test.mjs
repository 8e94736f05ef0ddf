// What the gateway's clients said and were told is found again by the order's ids (docs/audit.md).
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { bin, health, offer, signUp, universe, until } from './world.mjs'

const audit = (...args) => new Promise((done) =>
  execFile(bin('bijli-audit'), ['--config', process.env.BIJLI_CONFIG, ...args], (error, out, err) =>
    done({ code: error ? error.code : 0, out, err })))

async function find(...args) {
  const { code, out, err } = await audit('--json', 'find', ...args)
  assert.ok(code < 2, err)
  return out.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line))
}

test('an order and its cancel are there with all that was said of them', async () => {
  const { symbol, tick } = universe[1]
  const client = await signUp('Audited Client')
  const price = Math.floor(((await offer(client, symbol)) * 0.9) / tick) * tick
  const { order } = await client.ok('POST', '/orders',
    { symbol, side: 'BUY', type: 'LIMIT', tif: 'DAY', qty: 5, price_paise: price })
  await client.ok('DELETE', `/orders/${order.order_id}`)
  const byOrder = await until('the cancelled order', async () => {
    const rows = await find('--order-id', order.order_id)
    return rows.some((row) => row.message === 'cancelled') && rows
  })
  assert.deepEqual(byOrder.map((row) => [row.kind, row.message]),
    [['out', 'accepted'], ['in', 'cancel order'], ['out', 'cancelled']])
  const byClient = await find('--client-order-id', byOrder[0].client_order_id, '--account', client.user.account_id)
  assert.deepEqual(byClient.map((row) => [row.kind, row.message]),
    [['in', 'new order'], ['out', 'accepted'], ['in', 'cancel order'], ['out', 'cancelled']])
  assert.ok(byClient.every((row) => row.session === 1 && row.bytes.length === 2 * parseInt(row.bytes.slice(2, 4) + row.bytes.slice(0, 2), 16)))
})

test('nothing is missing and every record is whole', async () => {
  const { code, out, err } = await audit('verify')
  assert.equal(code, 0, out + err)
  assert.match(out, /good/)
  assert.equal(health('dataplane').figures.audit_missed, 0)
  assert.equal((await audit('find', '--client-order-id', '0')).code, 2)
  assert.equal((await audit('find', '--order-id', '18446744073709551615')).code, 1)
  assert.match((await audit('tail', '--count', '3')).out, /^(20.*\n){3}$/)
})

test('the way of an order is stamped at each hop', async () => {
  const hops = ['parsed', 'ring', 'engine', 'durable', 'report', 'sent', 'total']
  const { figures } = await until('the order in the figures', () => {
    const now = health('dataplane')
    return hops.every((hop) => now.figures[`hop_${hop}_cnt`] > 0) && now
  })
  for (const hop of hops) {
    const [p50, p99, p999, max] = ['p50', 'p99', 'p999', 'max'].map((which) => figures[`hop_${hop}_${which}_ns`])
    assert.ok(p50 <= p99 && p99 <= p999 && p999 <= max, hop)
  }
  assert.ok(figures.hop_total_max_ns >= figures.hop_durable_p50_ns)
  console.log(hops.map((hop) => `${hop} ${['p50', 'p99', 'max'].map((which) => figures[`hop_${hop}_${which}_ns`]).join('/')}`).join(', '))
})
