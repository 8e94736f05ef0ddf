// What somebody does who wants to break in: requests that are not whole, two at the same moment, the same thing twice.
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import http2 from 'node:http2'
import net from 'node:net'
import { test } from 'node:test'
import tls from 'node:tls'
import { Client, addUser, behind, codeNow, codeTo, config, demo, natsConnect, origin, pidOf, raw, signUp, sql, until } from './world.mjs'

const ca = readFileSync(process.env.NODE_EXTRA_CA_CERTS)
const port = Number(new URL(origin).port)
const host = `Host: localhost:${port}\r\n`
const json = 'Content-Type: application/json\r\n'
const healthy = async () => assert.equal((await fetch(`${origin}/api/v1/health`, { signal: AbortSignal.timeout(3000) })).status, 200)

// --- requests

// One connection; each of the requests once the answer to the one before is there.
async function inTurn(requests) {
  const socket = tls.connect({ port, host: '127.0.0.1', ca, servername: 'localhost' })
  const got = []
  socket.on('error', () => {})
  for (const request of requests) {
    const answer = await new Promise((resolve) => {
      let data = Buffer.alloc(0)
      const timer = setTimeout(() => resolve('none'), 3000)
      const done = (what) => { clearTimeout(timer); socket.removeAllListeners('data'); resolve(what) }
      socket.removeAllListeners('close')
      socket.on('close', () => done('closed'))
      socket.on('data', (more) => {
        data = Buffer.concat([data, more])
        const head = data.indexOf('\r\n\r\n')
        if (head < 0) return
        const bytes = Number(/content-length: (\d+)/i.exec(data.subarray(0, head))?.[1] ?? 0)
        if (data.length >= head + 4 + bytes) done(Number(data.subarray(9, 12).toString()))
      })
      socket.write(request)
    })
    got.push(answer)
    if (typeof answer !== 'number') break
  }
  socket.destroy()
  return got
}
const withBody = (line, body) => `${line} HTTP/1.1\r\n${host}Content-Length: ${body.length}\r\n\r\n${body}`

test('a body where none belongs is in nobody\'s way', async () => {
  const inner = `GET /api/v1/me HTTP/1.1\r\n${host}\r\n`
  const pid = pidOf('control')
  for (const line of ['GET /', 'GET /nope.js', 'HEAD /', 'POST /', 'GET /api/v1/nope', 'GET /api/v1/health', 'DELETE /api/v1/orders/1']) {
    for (const sizes of [[1, 400], [1400, 1], [400, 400]]) {
      await inTurn(sizes.map((cnt) => withBody(line, inner.repeat(cnt))))
      await healthy()
    }
  }
  assert.equal(pidOf('control'), pid)
})

test('nor is it at the server\'s own socket, nor is who does not wait for answers', async () => {
  const pid = pidOf('control')
  const next = `GET /api/v1/health HTTP/1.1\r\n${host}\r\n`
  const login = `POST /api/v1/auth/login HTTP/1.1\r\n${host}${json}Content-Length: 2\r\n\r\n{}`
  for (const bytes of [next + next, withBody('GET /api/v1/health', next) + next, withBody('GET /', next) + next,
    withBody('GET /api/v1/nope', next) + next, login + next, next.repeat(3), login.repeat(2), login.repeat(20), next + login.repeat(2),
    withBody('POST /api/v1/nope', '{}').repeat(2), withBody('POST /', '{}').repeat(2), withBody('POST /kite/session/token', '{}').repeat(2),
    withBody('DELETE /api/v1/orders/1', '{}').repeat(2), withBody('POST /api/v1/auth/logout', '').repeat(2) + login, `${login}\r\n${login}`,
    withBody('POST /api/v1/auth/login', 'x'.repeat(70000)).repeat(2)]) {
    await raw(() => net.connect(config.control.socket), bytes, 700)
    await healthy()
  }
  assert.equal(pidOf('control'), pid)
})

test('only the methods that there are pass nginx; what says how long a body is, says so once', async () => {
  const connect = () => tls.connect({ port, host: '127.0.0.1', ca, servername: 'localhost' })
  const status = async (bytes) => /^HTTP\/1.1 (\d+)/.exec((await raw(connect, bytes, 900)).data)?.[1]
  for (const method of ['TRACE', 'CONNECT', 'FOO', 'PROPFIND', 'get']) {
    assert.match(await status(`${method} /api/v1/health HTTP/1.1\r\n${host}\r\n`) ?? 'none', /^40[05]$/, method)
  }
  const post = (lines, body = '{}') => status(`POST /api/v1/auth/login HTTP/1.1\r\n${host}${json}${lines}\r\n\r\n${body}`)
  for (const lines of ['Content-Length: 2\r\nContent-Length: 3', 'Content-Length: +2', 'Content-Length: 0x2', 'Content-Length: 2, 2',
    'Content-Length: 2\r\nTransfer-Encoding: chunked', 'Transfer-Encoding: xchunked', 'Transfer-Encoding: chunked, chunked']) {
    assert.match(await post(lines), /^(400|501)$/, lines)
  }
})

test('no other protocol is spoken than was asked for: a stream does not become HTTP/2 past nginx', async () => {
  const ask = (wanted, path = '/api/v1/stream') => `GET ${path} HTTP/1.1\r\n${host}Upgrade: ${wanted}\r\nConnection: Upgrade, HTTP2-Settings\r\n`
    + `HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nOrigin: ${origin}\r\nCookie: __Host-bj_session=${'A'.repeat(43)}\r\n`
    + 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n'
  const doors = [() => tls.connect({ port, host: '127.0.0.1', ca, servername: 'localhost' }), () => net.connect(config.control.socket)]
  for (const door of doors) {
    for (const wanted of ['h2c', 'H2C', 'websocket, h2c', 'h2c, websocket', 'http/2']) {
      for (const path of ['/api/v1/stream', '/api/v1/health', '/']) {
        const { data } = await raw(door, ask(wanted, path), 300)
        assert.doesNotMatch(data.toString(), /^HTTP\/1.1 101/, `${wanted} ${path}`)
      }
    }
    // The one that there is goes on being there: without a session it opens and is closed.
    assert.match((await raw(door, ask('websocket'), 500)).data.toString(), /^HTTP\/1.1 101/)
  }
})

test('the operator\'s token opens nothing from outside, however it is written', async () => {
  const token = readFileSync(config.control.operator_token_file, 'utf8').trim()
  const asked = (word) => ({ headers: { authorization: `${word} ${token}` } })
  assert.equal((await behind('/admin/users?limit=1', asked('Bearer').headers)).status, 200)
  for (const word of ['Bearer', 'bearer', ' Bearer']) {
    assert.equal((await fetch(`${origin}/api/v1/admin/users?limit=1`, asked(word))).status, 401, word)
  }
})

test('a query that says one thing twice is refused, not read one way or the other', async () => {
  const client = await signUp()
  const other = await signUp()
  for (const query of [`account_id=${client.user.account_id}&account_id=${other.user.account_id}`, 'limit=1&limit=2', 'a&a']) {
    assert.equal((await client.get(`/orders?${query}`)).status, 400, query)
  }
})

test('what is refused is in the log, a few lines a minute, and nothing of what was sent', async () => {
  const client = await signUp()
  for (let i = 0; i < 20; i++) {
    assert.equal((await client.request('POST', '/admin/kill', { secret: 'open sesame' })).status, 403)
  }
  const lines = await until('lines', () => {
    const log = readFileSync(`${process.env.BIJLI_VAR}/log/control/current`, 'utf8').split('\n')
    const found = log.filter((line) => line.includes(`refused: 403 not_allowed, user:${client.user.id} as client, POST /admin/kill, from 127.0.0.1`))
    return found.length > 0 && { found, log }
  })
  assert.ok(lines.found.length <= 8, `${lines.found.length}`)
  assert.ok(!lines.log.some((line) => line.includes('open sesame')))
})

test('the bus hears and tells nobody who has no password', async () => {
  for (const hello of ['CONNECT {"verbose":true}', 'CONNECT {"verbose":true,"auth_token":"guess"}',
    'CONNECT {"verbose":true,"user":"bijli-control","pass":"guess"}']) {
    const socket = await natsConnect('edge')
    const { data } = await raw(() => socket, `${hello}\r\nSUB > 1\r\nPUB auth.ended 2\r\n{}\r\n`, 900)
    assert.match(data.toString(), /-ERR 'Authorization Violation'/)
    assert.doesNotMatch(data.toString(), /MSG|\+OK/)
  }
})

// --- what the owner is told

test('the owner is told: an app added, a wrong code behind a right password, a recovery code, new ones, the app removed', async () => {
  const who = await signUp()
  const latest = async () => (await (await fetch(`http://127.0.0.1:${config.mail.http_port}/latest?to=${encodeURIComponent(who.email)}`)).json()).text
  const told = (words) => until(`a mail of ${words}`, async () => words.test(await latest()))
  const { secret } = await who.ok('POST', '/auth/totp')
  const { recovery_codes } = await who.ok('POST', '/auth/totp/confirm', { code: totp(unbase32(secret)) })
  await told(/authenticator app was added/)
  const stranger = await firstStep(who)
  assert.equal((await secondStep(stranger, recovery_codes[0].replace(/^./, (c) => (c === 'A' ? 'B' : 'A')))).status, 403)
  await told(/gave the password .* a wrong second factor: nobody was let in/s)
  const { pending } = await who.ok('POST', '/auth/login', { email: who.email, password: who.password })
  who.csrf = (await who.ok('POST', '/auth/login/factor', { pending, code: recovery_codes[1] })).csrf
  await told(/one of your recovery codes/)
  await who.ok('POST', '/auth/recovery')
  await told(/New recovery codes/)
  await who.ok('DELETE', '/auth/totp')
  await told(/app of your Bijli account was removed/)
  // And the trail says by what each log-in came in.
  const by = await sql(`SELECT after_json::json ->> 'by' FROM audit_entries WHERE act = 'auth.login' AND outcome = 'done'
    AND actor = 'user:${who.user.id}' ORDER BY seq`)
  assert.deepEqual(by.flat(), ['password', 'recovery code'])
})

// --- the same thing twice, at the same moment

function unbase32(text) {
  const bits = [...text].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))
}
function totp(secret) {
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)))
  const mac = createHmac('sha1', secret).update(step).digest()
  return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1e6).padStart(6, '0')
}
const many = (cnt, make) => Promise.all(Array.from({ length: cnt }, (_, i) => make(i)))
const counted = (answers) => answers.reduce((by, { status }) => ({ ...by, [status]: (by[status] ?? 0) + 1 }), {})
async function firstStep(who) {
  const from = new Client()
  const { pending } = await from.ok('POST', '/auth/login', { email: who.email, password: who.password })
  return { from, pending }
}
const secondStep = ({ from, pending }, code) => from.request('POST', '/auth/login/factor', { pending, code })
const forgetSteps = (who) => sql(`UPDATE totp_factors SET last_step = 1 WHERE user_id = ${who.user.id}`)

test('of many at once one gets in: with one code, one recovery code, one first step', async () => {
  const who = await signUp()
  const { secret: text } = await who.ok('POST', '/auth/totp')
  const secret = unbase32(text)
  const { recovery_codes } = await who.ok('POST', '/auth/totp/confirm', { code: totp(secret) })

  let steps = []
  for (let i = 0; i < 6; i++) steps.push(await firstStep(who))
  await forgetSteps(who)
  assert.deepEqual(counted(await many(6, (i) => secondStep(steps[i], totp(secret)))), { 200: 1, 403: 5 })

  steps = []
  for (let i = 0; i < 6; i++) steps.push(await firstStep(who))
  assert.deepEqual(counted(await many(6, (i) => secondStep(steps[i], recovery_codes[0]))), { 200: 1, 403: 5 })

  // Five different codes that are each right, and one first step.
  const one = await firstStep(who)
  const got = counted(await many(5, (i) => secondStep(one, recovery_codes[1 + i])))
  assert.equal(got[200], 1, JSON.stringify(got))

  // A log-in and a fresh proof by the same code.
  const step = await firstStep(who)
  await forgetSteps(who)
  const code = totp(secret)
  const both = await Promise.all([secondStep(step, code), who.request('POST', '/auth/prove', { code })])
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 403])
})

test('of many at once one is done: a link, a request token, an elevation, a change of password', async () => {
  const who = await signUp()
  await who.ok('POST', '/auth/forgot', { email: who.email })
  const link = await until('a link', async () => {
    const mail = await fetch(`http://127.0.0.1:${config.mail.http_port}/latest?to=${encodeURIComponent(who.email)}`)
    return mail.ok && /\/reset#token=([\w-]+)/.exec((await mail.json()).text)?.[1]
  })
  const old = await codeNow(who.phone)
  assert.equal((await new Client().request('POST', '/auth/reset', { token: link, password: `~${who.password}` })).status, 202)
  const code = await codeTo(who.phone, old)
  const resets = counted(await many(4, (i) => new Client().request('POST', '/auth/reset', { token: link, password: `~${who.password}${i}`, code })))
  assert.equal(resets[200], 1, JSON.stringify(resets))

  const owner = await signUp()
  const made = await owner.ok('POST', '/apps', { name: 'Robot', redirect_url: 'https://robot.example.com/', scopes: ['profile'], kite_library: true })
  const { redirect } = await owner.ok('POST', '/connect', { api_key: made.app.api_key })
  const request_token = new URL(redirect).searchParams.get('request_token')
  const checksum = createHash('sha256').update(made.app.api_key + request_token + made.api_secret).digest('hex')
  const exchange = () => fetch(`${config.apps.url}/session/token`,
    { method: 'POST', body: new URLSearchParams({ api_key: made.app.api_key, request_token, checksum }) })
  const sessions = counted(await many(5, exchange))
  assert.deepEqual(sessions, { 200: 1, 403: 4 })
  // And what the one got is worth nothing: two had the request token.
  assert.deepEqual((await sql(`SELECT count(*) FROM app_tokens t JOIN apps USING (app_id) WHERE api_key = '${made.app.api_key}'`))[0], ['0'])

  const [admin, compliance] = [await demo('admin'), await demo('compliance')]
  const { elevation } = await (await addUser('support')).ok('POST', '/elevations', { what: 'role:risk', minutes: 1, reason: 'race' })
  const decided = await Promise.all([admin, compliance, admin, compliance].map((by, i) =>
    by.request('POST', `/elevations/${elevation.id}/${i % 2 ? 'refuse' : 'approve'}`, { reason: 'race' })))
  assert.deepEqual(counted(decided), { 200: 1, 404: 3 })

  const changes = counted(await many(3, (i) => owner.request('POST', '/auth/password', { old: owner.password, password: `~${owner.password}${i}` })))
  assert.equal(changes[204], 1, JSON.stringify(changes))
})
