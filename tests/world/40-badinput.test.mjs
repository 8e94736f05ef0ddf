// Malformed, truncated and lying words at the API and the edge: answered, and nothing changes.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import net from 'node:net'
import { after, before, test } from 'node:test'
import tls from 'node:tls'
import WebSocket from 'ws'
import { Client, config, ctl, demo, opened, origin, pidOf, raw, signUp, sleep, sql, universe } from './world.mjs'

const SERVICES = ['dataplane', 'relay', 'control', 'edge', 'nginx']
const SYMBOL = universe[4].symbol
const good = { symbol: SYMBOL, side: 'BUY', type: 'LIMIT', tif: 'DAY', qty: 1, price_paise: 100 }
let pids
let client

before(async () => {
  pids = SERVICES.map(pidOf)
  client = await signUp()
})
after(() => assert.deepEqual(SERVICES.map(pidOf), pids, 'a service died of bad input'))

const requests = [
  ['not JSON', 'POST', '/orders', '{"symbol":', 400, 'bad_request'],
  ['not an object', 'POST', '/orders', '[1]', 400, 'bad_request'],
  ['a doubled key', 'POST', '/orders', JSON.stringify(good).replace('{', '{"qty":2,'), 400, 'bad_request'],
  ['an unknown key', 'POST', '/orders', { ...good, colour: 'red' }, 400, 'bad_request'],
  ['a quantity of 0', 'POST', '/orders', { ...good, qty: 0 }, 400, 'bad_request'],
  ['a quantity with a fraction', 'POST', '/orders', { ...good, qty: 1.5 }, 400, 'bad_request'],
  ['a quantity in a string', 'POST', '/orders', { ...good, qty: '1' }, 400, 'bad_request'],
  ['a quantity past 32 bits', 'POST', '/orders', { ...good, qty: 2 ** 40 }, 400, 'bad_request'],
  ['a side nobody knows', 'POST', '/orders', { ...good, side: 'HOLD' }, 400, 'bad_request'],
  ['a price on a market order', 'POST', '/orders', { ...good, type: 'MARKET' }, 400, 'bad_request'],
  ['no such symbol', 'POST', '/orders', { ...good, symbol: 'NOSUCH' }, null, null],
  ['no such order', 'DELETE', '/orders/999999999', undefined, 404, 'not_found'],
  ['an order id that is none', 'DELETE', '/orders/1%27--', undefined, null, null],
  ['no such path', 'GET', '/nothing', undefined, 404, 'not_found'],
  ['a method that is not for it', 'PUT', '/orders', {}, 405, 'method'],
  ['a candle interval of nobody', 'GET', `/market/candles/${SYMBOL}?interval=7s`, undefined, 400, 'bad_request'],
  ['a body past 64 KiB', 'POST', '/orders', `{"symbol":"${'A'.repeat(70000)}"}`, 413, null],
]
for (const [name, method, path, body, status, code] of requests) {
  test(`HTTP: ${name}`, async () => {
    const answer = await client.request(method, path, body)
    if (status) assert.equal(answer.status, status, answer.text)
    else assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.text}`)
    if (code) assert.equal(answer.body.error.code, code)
    assert.doesNotMatch(answer.text, /postgres|SELECT|sql\/|\.c:\d/i)
  })
}

test('HTTP: no cookie, a made-up cookie, no CSRF token', async () => {
  assert.equal((await new Client().get('/orders')).status, 401)
  const fake = Object.assign(new Client(), { cookie: `__Host-bj_session=${randomBytes(32).toString('base64url')}` })
  assert.equal((await fake.get('/orders')).status, 401)
  const answer = await client.request('POST', '/orders', good, { 'x-csrf-token': 'x'.repeat(43) })
  assert.equal(answer.status, 403)
  assert.equal(answer.body.error.code, 'csrf')
})

test('HTTP: a body as the form of a foreign page sends it', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
    const answer = await new Client().request('POST', '/auth/login', { email: client.email, password: client.password },
      { 'content-type': type })
    assert.equal(answer.status, 415, answer.text)
    assert.equal(answer.body.error.code, 'bad_type')
    assert.deepEqual(answer.headers.getSetCookie(), [])
  }
})

test('HTTP: words that are no request, at nginx and at the server behind it', async () => {
  const open = [
    () => tls.connect({ port: Number(new URL(origin).port), host: '127.0.0.1', rejectUnauthorized: false }),
    () => net.connect(config.control.socket),
  ]
  const words = ['\r\n\r\n', 'GET\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', `GET /${'a'.repeat(20000)} HTTP/1.1\r\n\r\n`,
    'POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n',
    'POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', randomBytes(3000)]
  for (const connect of open) for (const word of words) await raw(connect, word, 300)
  assert.equal((await client.get('/me')).status, 200)
})

test('the update socket takes no words from a client, and no strangers', async () => {
  const socket = await client.stream()
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.send('{"hello":1}')
  assert.equal(await closed, 1008)
  for (const headers of [{ origin }, { cookie: client.cookie, origin: 'https://evil.example' }]) {
    const stranger = new WebSocket(`${origin.replace('https', 'wss')}/api/v1/stream`, { headers })
    await assert.rejects(opened(stranger), /socket refused: 40[013]/)
  }
})

test('the edge: texts and frames that lie', async () => {
  const texts = ['', '{', '[]', '{"a":"subscribe"}', '{"a":"subscribe","v":[-1,1e99,"x"]}', '{"a":"mode","v":["fast",[1]]}',
    `{"a":"subscribe","v":[${Array.from({ length: 4000 }, (_, i) => i).join()}]}`, 'x'.repeat(70000)]
  for (const text of texts) {
    const socket = await client.ticks([universe[0].token])
    socket.on('error', () => {})
    socket.send(text)
    await sleep(100)
    socket.terminate()
  }
  const { url, ticket } = await client.ok('GET', '/market/ticket')
  const { port } = new URL(url)
  const upgrade = `GET / HTTP/1.1\r\nSec-WebSocket-Protocol: bijli.ticks, bijli.ticket.${ticket}\r\nHost: localhost:${port}\r\nOrigin: ${origin}\r\nUpgrade: websocket\r\n` +
    `Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`
  const connect = () => tls.connect({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false })
  const frames = [Buffer.from([0x81, 0x01, 0x41]), Buffer.from([0xf1, 0x80, 1, 2, 3, 4]), Buffer.from([0x83, 0x80, 1, 2, 3, 4]),
    Buffer.concat([Buffer.from([0x81, 0xff]), Buffer.alloc(8, 0xff), Buffer.alloc(4)]), Buffer.from([0x89, 0xfe, 0x01, 0x00, 1, 2, 3, 4])]
  for (const frame of frames) {
    const got = await raw(connect, Buffer.concat([Buffer.from(upgrade), frame]), 3000)
    assert.match(got.data.toString('latin1'), /^HTTP\/1.1 101/)
    assert.ok(got.closed, `${frame.toString('hex').slice(0, 16)} was let pass`)
  }
})

test('too many wrong passwords are slowed down, the right one elsewhere is not', async () => {
  let last
  for (let i = 0; i < 14; i++) last = await new Client().request('POST', '/auth/login', { email: client.email, password: 'wrong-password-1' })
  assert.equal(last.status, 429)
  await demo('client')
})

test('nothing of all this became an order', async () => {
  assert.deepEqual(await sql(`SELECT count(*) FROM orders WHERE account_id = ${client.user.account_id} AND state <> 'rejected'`), [['0']])
  assert.equal((await ctl('status')).code, 0)
})
