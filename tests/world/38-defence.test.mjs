// What the front door lets nobody do.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import https from 'node:https'
import { test } from 'node:test'
import tls from 'node:tls'
import { Client, config, origin, signUp, sleep, sv, until } from './world.mjs'

const ca = readFileSync(process.env.NODE_EXTRA_CA_CERTS)

// ask(METHOD, PATH, {body, headers, ...}): the whole answer; fetch cannot choose where it comes from.
function ask(method, path, { body, headers = {}, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const req = https.request(`${origin}${path}`, { method, headers, ca, ...options }, (res) => {
      const got = []
      res.on('data', (data) => got.push(data))
      res.on('end', () => resolve({ status: res.statusCode, headers: res.headers, text: Buffer.concat(got).toString() }))
    })
    req.on('error', reject)
    req.end(body)
  })
}

test('an address is the client\'s own, not nginx\'s, and nobody can claim another', async () => {
  const client = await signUp()
  for (const headers of [{}, { 'x-real-ip': '10.9.9.9', 'x-forwarded-for': '10.9.9.9' }]) {
    const answer = await ask('POST', '/api/v1/auth/login', {
      body: JSON.stringify({ email: client.email, password: client.password }),
      headers: { 'content-type': 'application/json', ...headers },
      localAddress: '127.0.0.9',
    })
    assert.equal(answer.status, 200, answer.text)
  }
  const { sessions } = await client.ok('GET', '/me/sessions')
  assert.deepEqual(sessions.map((one) => one.address).sort(), ['127.0.0.1', '127.0.0.9', '127.0.0.9'])
})

// --- TLS

const port = Number(new URL(origin).port)
const edgePort = Number(new URL(config.web.edge_url).port)
const connect = (to = port, options = {}) => tls.connect({ port: to, host: '127.0.0.1', ca, servername: 'localhost', ...options })

// The protocol that was agreed on, or what went wrong.
function shaken(to, options) {
  return new Promise((resolve) => {
    const socket = connect(to, options)
    socket.on('secureConnect', () => { resolve(`${socket.getProtocol()} ${socket.getEphemeralKeyInfo().name}`); socket.destroy() })
    socket.on('error', (error) => resolve(error.code))
  })
}

test('TLS 1.3 and nothing older, at the page and at the ticks', async () => {
  for (const to of [port, edgePort]) {
    assert.match(await shaken(to), /^TLSv1\.3 (X25519|prime256v1)$/)
    for (const version of ['TLSv1.2', 'TLSv1.1']) {
      const said = await shaken(to, { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' })
      assert.match(said, /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|HANDSHAKE_FAILURE|NO_PROTOCOLS/, `${to} ${version}: ${said}`)
    }
  }
})

// --- headers

const pageCsp = /^default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self' wss:[^ ]* wss:[^ ]*; manifest-src 'self'; worker-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; object-src 'none'; require-trusted-types-for 'script'; trusted-types bijli; report-uri https:[^ ;]*\/api\/v1\/csp-reports; report-to csp$/
const bareCsp = /^default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; report-uri https:[^ ;]*\/api\/v1\/csp-reports; report-to csp$/
const always = {
  'reporting-endpoints': /^csp="https:[^"]*\/api\/v1\/csp-reports"$/,
  'x-content-type-options': /^nosniff$/,
  'referrer-policy': /^no-referrer$/,
  'permissions-policy': /camera=\(\), microphone=\(\), geolocation=\(\)/,
  'cross-origin-opener-policy': /^same-origin$/,
  'cross-origin-resource-policy': /^same-origin$/,
  'cache-control': /^(no-store|no-cache|public, max-age=31536000, immutable)$/,
  server: /^nginx$/,
}

function strict(what, { headers }, csp) {
  for (const [name, pattern] of Object.entries(always)) assert.match(headers[name] ?? 'absent', pattern, `${what}: ${name}`)
  assert.match(headers['content-security-policy'] ?? 'absent', csp, `${what}: content-security-policy`)
  for (const name of ['x-powered-by', 'access-control-allow-origin']) assert.equal(headers[name], undefined, `${what}: ${name}`)
}

test('every kind of answer has the strict headers, each once', async () => {
  const client = await signUp()
  const page = await ask('GET', '/')
  const asset = page.text.match(/\/assets\/[^"]+\.js/)[0]
  const json = { 'content-type': 'application/json' }
  const kinds = [
    ['a page', 'GET', '/', 200], ['a script', 'GET', asset, 200], ['a page of the app', 'GET', '/account/security', 200],
    ['no such file', 'GET', '/nothing.js', 404], ['a method', 'POST', '/', 405], ['the API', 'GET', '/api/v1/health', 200],
    ['not logged in', 'GET', '/api/v1/me', 401], ['logged in', 'GET', '/api/v1/me', 200, { headers: { cookie: client.cookie } }],
    ['no such path', 'GET', '/api/v1/nothing', 404], ['another method', 'DELETE', '/api/v1/me', 405],
    ['a bad body', 'POST', '/api/v1/auth/login', 400, { body: '{', headers: json }],
    ['a long cookie', 'GET', '/api/v1/me', 431, { headers: { cookie: `a=${'x'.repeat(3000)}` } }],
  ]
  for (const [what, method, path, status, options] of kinds) {
    const answer = await ask(method, path, options)
    assert.equal(answer.status, status, `${what}: ${answer.status}`)
    strict(what, answer, pageCsp)
    // What answers under /api is nobody's to keep.
    if (path.startsWith('/api')) assert.equal(answer.headers['cache-control'], 'no-store', what)
  }
  const tooLarge = await ask('POST', '/api/v1/orders', { body: 'x'.repeat(70000), headers: json })
  assert.equal(tooLarge.status, 413)
  strict('a body past the limit', tooLarge, bareCsp)
  const longHeader = await ask('GET', '/', { headers: { 'x-long': 'x'.repeat(9000) } })
  assert.equal(longHeader.status, 400)
  strict('a header past the limit', longHeader, bareCsp)
})

test('and so has what is said while the server is away', async () => {
  sv('down', 'control')
  try {
    for (const path of ['/', '/api/v1/me']) {
      const answer = await until('nobody behind nginx', async () => {
        const got = await ask('GET', path)
        return got.status === 503 && got
      })
      strict(`away ${path}`, answer, bareCsp)
      assert.equal(answer.headers['retry-after'], '2')
      assert.equal(answer.headers['cache-control'], 'no-store')
    }
  } finally {
    sv('up', 'control')
    await until('control', async () => (await ask('GET', '/api/v1/health')).status === 200)
  }
})

test('cookies: __Host-, Secure, HttpOnly, SameSite; a new one at each log-in, whatever was there', async () => {
  const client = await signUp()
  const planted = '__Host-bj_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
  const body = JSON.stringify({ email: client.email, password: client.password })
  const answer = await ask('POST', '/api/v1/auth/login', { body, headers: { 'content-type': 'application/json', cookie: planted } })
  const set = answer.headers['set-cookie']
  assert.equal(set.length, 2)
  for (const cookie of set) {
    assert.match(cookie, /^__Host-bj_(session|device)=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; Secure; SameSite=Strict$/)
    assert.ok(!cookie.startsWith(planted) && !cookie.startsWith(client.cookie))
  }
})

// --- slow clients

const slowMs = 15000
// How long the server bore it, in ms; Infinity if it still does.
function bears(first, next, options) {
  return new Promise((resolve) => {
    const from = Date.now()
    const socket = connect(port, options)
    let timer
    const done = (ms) => { clearInterval(timer); socket.destroy(); resolve(ms) }
    socket.on('secureConnect', () => {
      socket.write(first)
      if (next !== null) {
        if (next) timer = setInterval(() => socket.write(next), 900)
        return
      }
      socket.pause() // never reads, so the kernel is asked whether the other end is still there
      const { localPort } = socket
      timer = setInterval(() => {
        const other = execFileSync('ss', ['-Htn', 'sport', '=', `:${port}`, 'and', 'dport', '=', `:${localPort}`])
        if (other.length === 0) done(Date.now() - from)
      }, 500)
    })
    socket.on('close', () => done(Date.now() - from))
    socket.on('error', () => done(Date.now() - from))
    if (next !== null) socket.resume()
    setTimeout(() => done(Infinity), slowMs)
  })
}

test('who sends or reads slowly is let go, and holds nobody up', async () => {
  const asset = (await ask('GET', '/')).text.match(/\/assets\/[^"]+\.js/)[0]
  const head = 'POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
  const many = `GET ${asset} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(900)
  const slow = [
    ...Array.from({ length: 40 }, () => bears('GET / HTTP/1.1\r\nHost: loc', 'a')),
    ...Array.from({ length: 40 }, () => bears(`${head}Content-Length: 1000\r\n\r\n{`, '')),
    bears(many, null),
  ]
  let slowest = 0
  for (let i = 0; i < 30; i++) {
    const from = Date.now()
    assert.equal((await ask('GET', '/api/v1/health')).status, 200)
    slowest = Math.max(slowest, Date.now() - from)
    await sleep(100)
  }
  const borne = await Promise.all(slow)
  assert.ok(slowest < 2000, `others waited ${slowest} ms`)
  assert.ok(borne.slice(0, 40).every((ms) => ms < 13000), `headers: ${Math.max(...borne.slice(0, 40))} ms`)
  assert.ok(borne.slice(40, 80).every((ms) => ms < 9000), `bodies: ${Math.max(...borne.slice(40, 80))} ms`)
  assert.ok(borne[80] < slowMs, 'a reader that does not read')
})

test('one address has so many requests under way, another is served', async () => {
  const head = 'POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{'
  const sockets = Array.from({ length: 300 }, () => connect(port, { localAddress: '127.0.0.77' }))
  for (const socket of sockets) {
    socket.on('error', () => {})
    socket.on('secureConnect', () => socket.write(head))
  }
  const from = { localAddress: '127.0.0.77' }
  await until('too many from there', async () => (await ask('GET', '/api/v1/health', from)).status === 429, 4500)
  assert.equal((await ask('GET', '/api/v1/health')).status, 200)
  for (const socket of sockets) socket.destroy()
  await until('room again', async () => (await ask('GET', '/api/v1/health', from)).status === 200)
})

// --- words in parameters

test('no parameter is taken for SQL: the same answer to what is true and what is false, and no sleep', async () => {
  const client = await signUp()
  const places = ['/orders?limit=@', '/orders?state=@', '/trades?limit=@', '/market/quotes?symbols=@', '/market/book/@',
    '/market/book/INFY?levels=@', '/market/candles/@', '/market/candles/INFY?interval=@', '/me/activity?limit=@', '/instruments?x=@',
    '/positions?x=@', '/me/sessions?x=@', '/admin/audit?actor=@']
  const words = ["1' AND '1'='@", '1 AND 1=@', '1) OR (1=@', "';SELECT pg_sleep(4)--@", "1'||(SELECT pg_sleep(4))||'@", '%00@', '..%2f..%2fetc%2fpasswd@', '${jndi:ldap://127.0.0.1/@}']
  const said = async (place, word, end) => {
    const from = Date.now()
    const text = word.includes('%') ? word.replace('@', end) : encodeURIComponent(word.replace('@', end))
    const answer = await client.get(place.replace('@', text))
    assert.ok(Date.now() - from < 3500, `${place} slept`)
    assert.ok(answer.status < 500, `${place} ${word}: ${answer.status} ${answer.text}`)
    assert.doesNotMatch(answer.text, /syntax error|postgres|root:x|\.c:\d/i, `${place} ${word}`)
    return [answer.status, answer.text.length]
  }
  for (const place of places) {
    for (const word of words) assert.deepEqual(await said(place, word, '1'), await said(place, word, '2'), `${place} ${word}`)
  }
  for (const word of words) {
    const answer = await new Client().request('POST', '/auth/login', { email: word, password: word })
    assert.ok([400, 401, 429].includes(answer.status), `${word}: ${answer.status}`)
  }
})

// --- log-ins that are not like before

test('a log-in from a new browser is told by mail and in the list; a browser is forgotten', async () => {
  const client = await signUp()
  const other = new Client()
  await other.request('POST', '/auth/login', { email: client.email, password: client.password }, { 'user-agent': 'A browser/1.0' })
  const mail = await until('the mail', async () => {
    const answer = await fetch(`http://127.0.0.1:${config.mail.http_port}/latest?to=${encodeURIComponent(client.email)}`)
    const text = answer.ok ? await answer.text() : ''
    return text.includes('A new log-in to your account') && text
  })
  assert.match(mail, /127\.0\.0\.1/)
  assert.match(mail, /A browser\/1\.0/)
  assert.match(mail, /\/account\/security/)
  const { activity } = await client.ok('GET', '/me/activity')
  assert.deepEqual(activity.map(({ act, outcome, by, suspect }) => [act, outcome, by, suspect]).slice(0, 3),
    [['auth.login', 'done', 'you', 'new_device'], ['contact.confirm', 'done', 'you', undefined], ['auth.login', 'done', 'you', undefined]])
  const { devices } = await client.ok('GET', '/me/devices')
  assert.deepEqual(devices.map((one) => [one.user_agent === 'A browser/1.0', one.current]), [[true, false], [false, true]])
  const stranger = await signUp()
  assert.equal((await stranger.request('DELETE', `/me/devices/${devices[0].id}`)).status, 404)
  assert.equal((await client.request('DELETE', `/me/devices/${devices[0].id}`)).status, 204)
  assert.equal((await client.ok('GET', '/me/devices')).devices.length, 1)
  assert.doesNotMatch(JSON.stringify((await stranger.ok('GET', '/me/activity')).activity), /A browser|device\.forget/)
})
