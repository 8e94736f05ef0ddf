// Malformed, truncated and lying input over real sockets: answered or counted, and nothing changes.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import net from 'node:net'
import { after, before, test } from 'node:test'
import tls from 'node:tls'
import WebSocket from 'ws'
import { Client, config, ctl, demo, health, opened, origin, pidOf, signUp, sleep, sql, universe, until } from './world.mjs'

const SERVICES = ['dataplane', 'exchange', 'relay', 'control', 'edge', 'mailsink', 'maker', 'nginx']
const SYMBOL = universe[4].symbol
const good = { symbol: SYMBOL, side: 'BUY', type: 'LIMIT', tif: 'DAY', qty: 1, price_paise: 100 }
let pids
let client

before(async () => {
  pids = SERVICES.map(pidOf)
  client = await signUp()
})
after(() => assert.deepEqual(SERVICES.map(pidOf), pids, 'a service died of bad input'))

// What came back until the other side closed, or for a second.
function raw(connect, bytes, ms = 1500) {
  return new Promise((resolve) => {
    const socket = connect()
    const got = []
    const done = (closed) => { socket.destroy(); resolve({ closed, data: Buffer.concat(got) }) }
    socket.on('data', (data) => got.push(data))
    socket.on('close', () => done(true))
    socket.on('error', () => done(true))
    socket.write(bytes)
    setTimeout(() => done(false), ms)
  })
}

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
  const fake = Object.assign(new Client(), { cookie: `bj_session=${randomBytes(32).toString('base64url')}` })
  assert.equal((await fake.get('/orders')).status, 401)
  const answer = await client.request('POST', '/orders', good, { 'x-csrf-token': 'x'.repeat(43) })
  assert.equal(answer.status, 403)
  assert.equal(answer.body.error.code, 'csrf')
})

test('HTTP: words that are no request, at nginx and at the server behind it', async () => {
  const open = [
    () => tls.connect({ port: Number(new URL(origin).port), host: '127.0.0.1', rejectUnauthorized: false }),
    () => net.connect(config.control.port, '127.0.0.1'),
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
    await assert.rejects(opened(stranger))
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
  const upgrade = `GET /?ticket=${ticket} HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: ${origin}\r\nUpgrade: websocket\r\n` +
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

test('the order gateway: bytes that are no login', async () => {
  const connect = () => net.connect(config.gateway.port, config.gateway.host)
  const login = Buffer.alloc(80)
  login.writeUInt16LE(80, 0)
  login.write('L', 2)
  login.writeUInt8(1, 3)
  login.write('maker', 16)
  const words = [randomBytes(500), Buffer.alloc(200), Buffer.from([0xff, 0xff]), login, login.subarray(0, 79),
    Buffer.concat([login.subarray(0, 3), Buffer.from([9]), login.subarray(4)]), Buffer.from('GET / HTTP/1.1\r\n\r\n')]
  for (const word of words) {
    const got = await raw(connect, word, 5000)
    assert.ok(got.closed, `still open after ${word.toString('hex').slice(0, 20)}`)
  }
  const quiet = await raw(connect, Buffer.alloc(0), 6000)
  assert.ok(quiet.closed, 'a connection that says nothing for 6 s is still open')
})

test('the feed: datagrams that lie are counted and change nothing', { skip: config.feed.driver === 'memif' }, async () => {
  const bad = () => Object.entries(health('dataplane').figures)
    .filter(([name]) => name.startsWith('feed_bad')).reduce((sum, [, n]) => sum + n, 0)
  const had = bad()
  const source = `
    const d = require('node:dgram').createSocket('udp4'), { randomBytes } = require('node:crypto')
    d.bind(0, '${config.exchange.source_a}', async () => {
      d.setMulticastInterface('${config.exchange.source_a}')
      for (let i = 0; i < 300; i++) {
        const b = randomBytes(i % 90)
        if (i % 3 && b.length > 9) { b.writeUInt16LE(i % 2 ? b.length : 38, 0); b.write('NMXTZ'[i % 5], 8) }
        await new Promise((done) => d.send(b, ${config.feed.port_a}, '${config.feed.group_a}', done))
      }
      d.close()
    })`
  execFileSync('ip', ['netns', 'exec', config.exchange.iface_a.replace(/a$/, ''), process.execPath, '-e', source])
  await until('the count of bad datagrams to grow', () => bad() > had)
  const { quotes } = await client.ok('GET', `/market/quotes?symbols=${SYMBOL}`)
  assert.ok(quotes[0].bid_paise > 0 && quotes[0].bid_paise < quotes[0].ask_paise)
})

test('the mail sink: words that are no SMTP', async () => {
  const connect = () => net.connect(config.mail.smtp_port, '127.0.0.1')
  for (const word of [randomBytes(5000), 'DATA\r\n', `MAIL FROM:<${'a'.repeat(5000)}>\r\n`]) await raw(connect, word, 300)
  await signUp('Meera')
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
