// world.mjs - what the tests see of a running world: its configuration, its faces, and its processes.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import tls from 'node:tls'
import { promisify } from 'node:util'
import WebSocket from 'ws'

const run = promisify(execFile)
export const config = JSON.parse(readFileSync(process.env.BIJLI_CONFIG, 'utf8'))
export const bin = (name) => `${process.env.BIJLI_BIN}/${name}`
export const origin = config.web.origin
export const runDir = config.run_dir
export const universe = readFileSync(config.universe_csv, 'utf8')
  .split('\n').filter((line) => line && !line.startsWith('#'))
  .map((line) => line.split(',')).slice(1)
  .map(([symbol, token, , tick]) => ({ symbol, token: Number(token), tick: Number(tick) }))

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

// until(what, probe): the first truthy answer of probe; an error that says what never came.
export async function until(what, probe, timeoutMs = 20000) {
  const end = Date.now() + timeoutMs
  let last
  for (;;) {
    try {
      const got = await probe()
      if (got) return got
      last = got
    } catch (error) {
      last = error
    }
    if (Date.now() > end) throw new Error(`${what} did not come in ${timeoutMs} ms: ${last?.message ?? last}`)
    await sleep(100)
  }
}

// --- processes

export function pidOf(service) {
  return Number(readFileSync(`${process.env.BIJLI_SV}/${service}/supervise/pid`, 'utf8'))
}
export function kill9(service) {
  const pid = pidOf(service)
  process.kill(pid, 'SIGKILL')
  return pid
}
export const sv = (command, service) => execFileSync('sv', [command, `${process.env.BIJLI_SV}/${service}`])
export function health(name) {
  const file = `${runDir}/${name}.status.json`
  if (!existsSync(file)) return { state: 'down', text: 'no file', figures: {} }
  const got = JSON.parse(readFileSync(file, 'utf8'))
  return Date.now() - got.time_ns / 1e6 > 4000 ? { ...got, state: 'down' } : got
}
export const isUp = (name) => health(name).state === 'up'

// ctl(...args): bijlictl's answer as {code, out, err}; it never throws.
export async function ctl(...args) {
  try {
    const { stdout, stderr } = await run(bin('bijlictl'), ['--config', process.env.BIJLI_CONFIG, ...args])
    return { code: 0, out: stdout, err: stderr }
  } catch (error) {
    return { code: error.code, out: error.stdout, err: error.stderr }
  }
}
export function start(program, args) {
  const child = spawn(bin(program), ['--config', process.env.BIJLI_CONFIG, ...args])
  child.out = ''
  child.stdout.on('data', (data) => { child.out += data })
  child.stderr.on('data', (data) => { child.out += data })
  child.ended = new Promise((resolve) => child.on('exit', (code) => resolve(code)))
  return child
}

// --- sockets

// What came back until the other side closed, or for a second.
export function raw(connect, bytes, ms = 1500) {
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

// One request to a server behind nginx, at its socket.
export function behind(path, headers = {}, { socketPath = config.control.socket, method = 'GET', body, root = '/api/v1' } = {}) {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
    http.request({ socketPath, path: `${root}${path}`, method, headers: { ...headers, ...length }, agent: false }, (answer) => {
      let text = ''
      answer.on('data', (data) => { text += data })
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }))
    }).on('error', reject).end(body)
  })
}

// --- stores

export async function sql(text) {
  const conninfo = config.postgres.control.replace(/user=.*/, 'user=postgres')
  const { stdout } = await run('psql', ['-X', '-At', '-F', '|', '-v', 'ON_ERROR_STOP=1', '-d', conninfo, '-c', text])
  return stdout.split('\n').filter(Boolean).map((line) => line.split('|'))
}
export async function redis(...args) {
  return (await run('redis-cli', ['-s', config.redis.socket, ...args])).stdout.trim()
}
// A connection to NATS with a service's certificate: the server speaks first, one line, then comes TLS.  Options are
// tls.connect's.
export function natsConnect(who, options = {}) {
  const { hostname, port } = new URL(config.nats.url)
  const mine = who ? { cert: readFileSync(config.nats[who].cert_file), key: readFileSync(config.nats[who].key_file) } : {}
  return new Promise((resolve, reject) => {
    const plain = net.connect(Number(port), hostname)
    plain.once('error', reject)
    plain.once('data', () => {
      const socket = tls.connect({ socket: plain, servername: 'bijli-nats', ca: readFileSync(config.nats.ca_file), ...mine, ...options })
      socket.once('error', reject)
      socket.once('secureConnect', () => resolve(socket))
    })
  })
}
// An authority, and a certificate for a machine that may be primary or standby: the settings of both.
export function replicaCertificates(dir) {
  const openssl = (...args) => execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    ...args], { cwd: dir, stdio: 'ignore' })
  openssl('-subj', '/CN=standby', '-addext', 'basicConstraints=critical,CA:TRUE', '-keyout', 'wire-ca.key', '-out', 'wire-ca.pem')
  openssl('-CA', 'wire-ca.pem', '-CAkey', 'wire-ca.key', '-subj', '/CN=machine', '-addext', 'subjectAltName=DNS:bijli-primary,DNS:bijli-standby',
    '-addext', 'basicConstraints=critical,CA:FALSE', '-keyout', 'wire.key', '-out', 'wire.pem')
  return { ca_file: `${dir}/wire-ca.pem`, cert_file: `${dir}/wire.pem`, cert_key_file: `${dir}/wire.key` }
}
export const natsHello = (who) =>
  `{"verbose":true,"user":"bijli-${who}","pass":"${readFileSync(config.nats[who].password_file, 'utf8').trim()}"}`
// First message on a NATS subject that bijli-edge may hear: its text protocol, a few words of it.
export async function natsOne(subject, timeoutMs = 10000) {
  const socket = await natsConnect('edge')
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => { socket.destroy(); reject(new Error(`nothing on ${subject}`)) }, timeoutMs)
    let data = Buffer.alloc(0)
    socket.on('error', reject)
    socket.write(`CONNECT ${natsHello('edge')}\r\nSUB ${subject} 1\r\n`)
    socket.on('data', (more) => {
      data = Buffer.concat([data, more])
      const at = data.indexOf('MSG ')
      const end = at < 0 ? -1 : data.indexOf('\r\n', at)
      if (end < 0) return
      const bytes = Number(data.subarray(at, end).toString().split(' ').pop())
      if (data.length < end + 2 + bytes) return
      clearTimeout(timer)
      socket.destroy()
      resolve(data.subarray(end + 2, end + 2 + bytes))
    })
  })
}

// --- the API

// What was given to be kept secret, either way: no-secrets.mjs looks for it where it must not be.
const SECRET = ['password', 'old', 'token', 'code', 'pending', 'csrf', 'secret', 'uri', 'recovery_codes', 'ticket', 'challenge', 'api_secret', 'access_token']
export function saw(kind, value) {
  if (process.env.BIJLI_SEEN && typeof value === 'string') appendFileSync(process.env.BIJLI_SEEN, `${kind}\t${value}\n`)
}
function sawSecrets(sent, answer, text) {
  for (const line of answer.headers.getSetCookie()) saw('cookie', line.split(';')[0].split('=')[1])
  let got = null
  try { got = JSON.parse(text) } catch { /* not ours */ }
  // A token of an instrument or of an audit entry is none; those of people are texts.
  for (const from of [typeof sent === 'object' ? sent : null, answer.ok ? got : null]) {
    for (const name of SECRET) for (const value of [from?.[name]].flat()) saw(name, value)
  }
}

export class Client {
  cookie = ''
  device = ''
  csrf = ''

  async request(method, path, body, headers = {}) {
    const answer = await fetch(`${origin}/api/v1${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.cookie || this.device ? { cookie: [this.cookie, this.device].filter(Boolean).join('; ') } : {}),
        ...(this.csrf && method !== 'GET' ? { 'x-csrf-token': this.csrf } : {}),
        ...headers,
      },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    })
    for (const line of answer.headers.getSetCookie()) {
      this[line.startsWith('__Host-bj_device=') ? 'device' : 'cookie'] = line.split(';')[0]
    }
    const text = await answer.text()
    sawSecrets(body, answer, text)
    return { status: answer.status, headers: answer.headers, text, body: text.startsWith('{') ? JSON.parse(text) : null }
  }
  get(path) { return this.request('GET', path) }
  async ok(method, path, body) {
    const answer = await this.request(method, path, body)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
    return answer.body
  }
  async login(email, password) {
    const { user, csrf } = await this.ok('POST', '/auth/login', { email, password })
    this.csrf = csrf
    this.user = user
    return user
  }
  // stream(): the order-update socket; messages gather in .got.
  async stream() {
    const socket = new WebSocket(`${origin.replace('https', 'wss')}/api/v1/stream`, {
      headers: { cookie: this.cookie, origin },
    })
    socket.got = []
    socket.on('message', (data) => socket.got.push(JSON.parse(data.toString())))
    await opened(socket)
    return socket
  }
  // ticks(tokens): the edge's socket, subscribed in full mode; packets gather by token in .packets.
  async ticks(tokens) {
    return ticksOf(await this.ok('GET', '/market/ticket'), tokens)
  }
}

export async function ticksOf({ url, ticket }, tokens) {
  const socket = new WebSocket(url, ['bijli.ticks', `bijli.ticket.${ticket}`], { origin })
  socket.packets = new Map()
  socket.frames = 0
  socket.on('message', (data, binary) => { if (binary) takeFrame(socket, data) })
  await opened(socket)
  const wire = tokens.map((token) => token * 256 + 1)
  socket.send(JSON.stringify({ a: 'subscribe', v: wire }))
  socket.send(JSON.stringify({ a: 'mode', v: ['full', wire] }))
  return socket
}

function takeFrame(socket, data) {
  socket.frames++
  if (data.length < 2) return
  let at = 2
  for (let left = data.readUInt16BE(0); left > 0; left--) {
    const bytes = data.readUInt16BE(at)
    const packet = data.subarray(at + 2, at + 2 + bytes)
    socket.packets.set(packet.readUInt32BE(0) >>> 8, packet)
    at += 2 + bytes
  }
  if (at !== data.length) throw new Error(`a frame of ${data.length} bytes holds ${at}`)
}

export function opened(socket) {
  return new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('unexpected-response', (request, answer) => {
      request.destroy() // else the connection is kept for a minute, and the test with it
      reject(new Error(`socket refused: ${answer.statusCode}`))
    })
    socket.once('error', reject)
  })
}

export async function demo(role) {
  const client = new Client()
  const file = new URL(`file://${process.env.BIJLI_VAR}/secrets/demo-${role}.password`)
  await client.login(`${role}@bijli.localhost`, readFileSync(file, 'utf8').trim())
  return client
}

// byTwo(second, ...args): what one alone may not, asked for by bijlictl and said yes to by `second`; the ask's number.
export async function byTwo(second, ...args) {
  const { code, out, err } = await ctl(...args, '--json')
  if (code !== 4) throw new Error(`bijlictl ${args.join(' ')}: ${code}, not 4: ${out}${err}`)
  const { id } = JSON.parse(out).waits
  await second.ok('POST', `/elevations/${id}/approve`, {})
  return id
}

// Nothing in it is next to anything: cracklib refuses one random password in a thousand as too systematic.
export const newPassword = () => [...randomBytes(9).toString('base64url')].join('~')

// A user of a role, as the operator makes one.
export async function addUser(role, name = `Test ${role}`) {
  const [email, password] = [`${role}${randomBytes(5).toString('hex')}@example.com`, newPassword()]
  execFileSync(bin('bijli-control'), ['--config', process.env.BIJLI_CONFIG, '--add-user', email, name, role],
    { input: `${password}\n`, stdio: ['pipe', 'pipe', 'ignore'] })
  const client = Object.assign(new Client(), { email, password })
  await client.login(email, password)
  return client
}

export function newPhone() {
  const phone = `+916${String(randomInt(1e9)).padStart(9, '0')}`
  saw('phone', phone.slice(1))
  return phone
}

// A sign-up: ten a minute are let through from here, and whoever comes then waits as long as the answer says.
export async function register(client, body) {
  for (;;) {
    const answer = await client.request('POST', '/auth/register', body)
    if (answer.status !== 429) return answer
    await sleep(1000 * Number(answer.headers.get('retry-after')))
  }
}

// A new person, by mail, text message and all.
export async function signUp(name = 'Test Client') {
  const email = `t${randomBytes(6).toString('hex')}@example.com`
  const password = newPassword()
  const phone = newPhone()
  const client = new Client()
  const { status, text } = await register(client, { email, password, name, phone })
  if (status !== 202) throw new Error(`POST /auth/register: ${status} ${text}`)
  const { token } = await confirmation(email)
  await client.ok('POST', '/auth/confirm', { token })
  await client.login(email, password)
  await client.ok('POST', '/me/contact/phone/confirm', { code: await codeTo(phone) })
  return Object.assign(client, { email, password, phone })
}
// The newest mail to an address, or text message to a number; null: none yet.
export async function latest(to) {
  const answer = await fetch(`http://127.0.0.1:${config.mail.http_port}/latest?to=${encodeURIComponent(to)}`)
  return answer.ok ? answer.json() : null
}
// The code that was sent there last; not: one that it must not be.
export async function codeTo(to, not = '') {
  return until(`a code to ${to}`, async () => {
    const [, code] = /^(\d{6}) is your code/.exec((await latest(to))?.text ?? '') ?? []
    return code !== not && code
  })
}
// codeNow(to): the code that was sent there last, or undefined.
export const codeNow = async (to) => /^(\d{6}) is your code/.exec((await latest(to))?.text ?? '')?.[1]
// A password by a mail's link; of who has no second factor with the code that then goes to phone.
export async function setPassword({ token, password, phone }) {
  const old = phone && await codeNow(phone)
  const answer = await new Client().request('POST', '/auth/reset', { token, password })
  if (answer.status !== 202) return answer
  return new Client().request('POST', '/auth/reset', { token, password, code: await codeTo(phone, old) })
}
export async function confirmation(email) {
  const mail = await until(`a mail to ${email}`, () => latest(email))
  const found = /(https:\/\/\S+\/confirm#token=([A-Za-z0-9_-]+))/.exec(mail.text)
  if (!found) throw new Error(`no link in: ${mail.text}`)
  return { link: found[1], token: found[2] }
}

// The best price somebody really offers in our own engine: the maker follows the feed's top.
export async function offer(client, symbol) {
  const book = await until(`an offer in ${symbol}`, async () => {
    const got = await client.ok('GET', `/market/book/${symbol}`)
    return got.asks.length > 0 && !got.stale && got
  })
  return book.asks[0].price_paise
}
export async function buy(client, symbol, qty, more = {}) {
  const { tick } = universe.find((row) => row.symbol === symbol)
  const price = Math.ceil(((await offer(client, symbol)) * 1.005) / tick) * tick
  const { order } = await client.ok('POST', '/orders',
    { symbol, side: 'BUY', type: 'LIMIT', tif: 'DAY', qty, price_paise: price, ...more })
  return order
}
export async function filled(client, orderId, timeoutMs = 15000) {
  return until(`order ${orderId} filled`, async () => {
    const { orders } = await client.ok('GET', '/orders')
    const order = orders.find((row) => row.order_id === orderId)
    return order?.state === 'filled' && order
  }, timeoutMs)
}
