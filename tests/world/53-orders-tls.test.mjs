// Orders reach the gateway under TLS: control's and the maker's do, nothing of them can be read on the way, the port in
// clear takes nobody, and who has no certificate for a session gets no challenge. New certificates cut nobody.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import tls from 'node:tls'
import { bin, buy, config, filled, health, pidOf, raw, signUp, sleep, universe, until } from './world.mjs'

const gateway = config.gateway
const root = process.getuid() === 0
const figures = () => health('dataplane').figures
const session = (name) => gateway.sessions.find((one) => one.name === name)
const place = mkdtempSync(path.join(tmpdir(), 'bijli-tls.'))
const DENIED = 13
let client

before(async () => { client = await signUp() })
after(() => rmSync(place, { recursive: true }))

// A connection to the port of TLS with that session's certificate; options are tls.connect's.
function connect(name, options = {}) {
  const mine = name ? { cert: readFileSync(session(name).cert_file), key: readFileSync(session(name).cert_key_file) } : {}
  return tls.connect({ host: gateway.host, port: gateway.tls_port, servername: 'bijli-gateway', ca: readFileSync(gateway.ca_file),
    ...mine, ...options })
}

// What a socket says until it closes, or for so long.
function hear(socket, ms = 1500) {
  return new Promise((resolve) => {
    const got = []
    const done = (end) => { socket.destroy(); resolve({ end, data: Buffer.concat(got) }) }
    socket.on('data', (data) => got.push(data)).on('close', () => done('closed')).on('error', (error) => done(error.message))
    setTimeout(() => done('open'), ms)
  })
}

// Challenge, login with the session's right key: the letters and the words of what came back.
async function logIn(socket, name) {
  let got = Buffer.alloc(0)
  const said = []
  const key = readFileSync(session(name).key_file, 'utf8').trim()
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => { socket.destroy(); resolve(said) }, 3000)
    socket.on('error', reject)
    socket.on('close', () => { clearTimeout(timer); resolve(said) })
    socket.on('data', (data) => {
      got = Buffer.concat([got, data])
      while (got.length >= 2 && got.length >= got.readUInt16LE(0)) {
        const message = got.subarray(0, got.readUInt16LE(0)), type = String.fromCharCode(message[2])
        got = got.subarray(message.length)
        if (type === 'C') {
          const login = Buffer.alloc(80), who = Buffer.alloc(16)
          who.write(name)
          login.writeUInt16LE(80, 0), login.write('L', 2), login.writeUInt8(1, 3), who.copy(login, 16)
          createHmac('sha256', key).update(message.subarray(16, 48)).update(who).digest().copy(login, 32)
          login.writeUInt32LE(1000, 72)
          socket.write(login)
        } else if (type === 'j') {
          said.push(message.subarray(40).toString().replace(/\0.*$/s, ''))
        } else if (type === 'l') {
          said.push(message.readUInt16LE(16))
          if (said.at(-1) === 0) { clearTimeout(timer); resolve(said) }
        }
      }
    })
  })
}

// Every byte of TCP between root's side and the gateway, by python's packet socket; ended() gives {port: bytes}.
function capture() {
  const script = `
import select, socket, struct, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0); s.bind((sys.argv[1], 3))
print('ready', flush=True)
while True:
    r, _, _ = select.select([s, sys.stdin], [], [])
    if sys.stdin in r: break
    f = s.recv(65535)
    if f[12:14] != b'\\x08\\x00' or f[23] != 6: continue
    ip = 14 + (f[14] & 15) * 4
    end = 14 + struct.unpack('>H', f[16:18])[0]
    a, b = struct.unpack('>HH', f[ip:ip + 4])
    body = f[ip + (f[ip + 12] >> 4) * 4:end]
    if body: print(min(a, b) if min(a, b) in (int(sys.argv[2]), int(sys.argv[3])) else 0, body.hex(), flush=True)
`
  const child = spawn('python3', ['-c', script, gateway.iface.replace(/do$/, 'co'), String(gateway.port), String(gateway.tls_port)])
  let out = ''
  child.stdout.on('data', (data) => { out += data })
  child.stderr.on('data', (data) => { out += data })
  return {
    ready: () => until('the capture', () => out.includes('ready')),
    async ended() {
      child.stdin.end('\n')
      await new Promise((resolve) => child.on('close', resolve))
      const ports = {}
      for (const line of out.split('\n').slice(1).filter(Boolean)) {
        const [port, hex] = line.split(' ')
        ports[port] = Buffer.concat([ports[port] ?? Buffer.alloc(0), Buffer.from(hex, 'hex')])
      }
      return ports
    },
  }
}

test('who trades is there under TLS, all of them', async () => {
  await until('control and maker', () => figures().gateway_sessions >= 2 && figures().gateway_tls_connections === figures().gateway_sessions)
  assert.equal(gateway.sessions.some((one) => one.clear), false)
  assert.ok(figures().gateway_tls_handshakes >= 2)
})

test('an order fills, and nothing of it can be read on the way', async () => {
  const wire = root ? capture() : null
  await wire?.ready()
  const order = await until('an order that trades', () => buy(client, universe[2].symbol, 2))
  assert.equal((await filled(client, order.order_id)).filled_qty, 2)
  if (!wire) return
  await sleep(300)
  const ports = await wire.ended()
  assert.deepEqual(Object.keys(ports), [String(gateway.tls_port)], 'something is said in clear')
  const said = ports[gateway.tls_port]
  assert.ok(said.length > 200)
  const order8 = Buffer.alloc(8) // account and token, as they stand beside each other in a new order
  order8.writeUInt32LE(Number(client.user.account_id)), order8.writeUInt32LE(universe[2].token, 4)
  assert.equal(said.includes(order8), false)
})

test('in clear nobody logs in, whatever key he has: told why, counted, in the audit log', async () => {
  const before = figures()
  const said = await logIn(net.connect(gateway.port, gateway.host), 'control')
  assert.deepEqual(said, ['session must log in under TLS', DENIED])
  await until('a count', () => figures().gateway_denied_clear === before.gateway_denied_clear + 1)
  const kept = () => execFileSync(bin('bijli-audit'), ['--dir', `${config.data_dir}/audit`, '--json', 'find',
    '--from', new Date(Date.now() - 20000).toISOString().replace(/\.\d+/, '')], { encoding: 'utf8', maxBuffer: 1 << 26 })
  const words = Buffer.from('session must log in under TLS').toString('hex')
  await until('the audit log', () => kept().includes(words))
})

test('no certificate, another authority\u2019s, an older TLS, or none at all: an alert, and no challenge', async () => {
  const before = figures()
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=x',
    '-addext', 'subjectAltName=URI:bijli:session:control', '-keyout', `${place}/key`, '-out', `${place}/cert`], { stdio: 'ignore' })
  const own = { cert: readFileSync(`${place}/cert`), key: readFileSync(`${place}/key`) }
  for (const [name, options] of [[null, {}], [null, own], ['desk', { maxVersion: 'TLSv1.2' }]]) {
    const { end, data } = await hear(connect(name, options))
    assert.match(end, /alert|closed|reset/i)
    assert.equal(data.length, 0)
  }
  assert.ok((await raw(() => net.connect(gateway.tls_port, gateway.host), 'GET / HTTP/1.1\r\n\r\n')).closed)
  // The bus's certificates are of another authority, and ours is no gateway by another name.
  assert.match((await hear(connect(null, { cert: readFileSync(config.nats.control.cert_file), key: readFileSync(config.nats.control.key_file) }))).end, /alert/)
  assert.match((await hear(connect('desk', { servername: 'localhost' }))).end, /altnames/)
  await until('five counts', () => figures().gateway_tls_refused >= before.gateway_tls_refused + 5)
})

test('a certificate is for its own session, the key of another one changes nothing', async () => {
  const before = figures()
  assert.deepEqual(await logIn(connect('desk'), 'control'), ["certificate is another session's", DENIED])
  const desk = connect('desk')
  assert.deepEqual(await logIn(desk, 'desk'), [0])
  assert.equal(desk.getProtocol(), 'TLSv1.3')
  desk.destroy()
  await until('a count', () => figures().gateway_denied_names === before.gateway_denied_names + 1)
})

test('300 who say half a hello: cut after their time, and orders fill meanwhile', async () => {
  const hello = await new Promise((resolve) => {
    const server = net.createServer((socket) => socket.once('data', (data) => { socket.destroy(); server.close(); resolve(data) }))
    server.listen(0, '127.0.0.1', () => tls.connect({ port: server.address().port, host: '127.0.0.1' }).on('error', () => {}))
  })
  const before = figures()
  let closed = 0
  const sockets = Array.from({ length: 300 }, () => net.connect(gateway.tls_port, gateway.host)
    .on('error', () => {}).on('close', () => { closed++ }))
  sockets.forEach((socket) => socket.write(hello.subarray(0, hello.length / 2)))
  await until('300', () => figures().gateway_tls_connections >= 300)
  const order = await until('an order that trades', () => buy(client, universe[2].symbol, 1))
  await filled(client, order.order_id)
  assert.ok(closed < 300, 'the order came only when they had gone')
  await until('all to be cut', () => closed === 300, 8000)
  await until('the rest to stay', () => figures().gateway_tls_connections === figures().gateway_sessions)
  assert.equal(figures().gateway_cut, before.gateway_cut)
})

test('new certificates: nobody is cut or started again, the next connection uses them', async () => {
  const dir = path.dirname(gateway.ca_file), before = figures(), pids = ['dataplane', 'control', 'maker'].map(pidOf)
  for (const name of readdirSync(dir)) copyFileSync(`${dir}/${name}`, `${place}/${name}`)
  // As a month later: the first thing that make run does then.
  rmSync(gateway.ca_file)
  execFileSync('bash', ['-euc', 'for part in world users secrets; do source deploy/dev/lib/$part.sh; done; orders_certificates_make'])
  assert.notDeepEqual(readFileSync(gateway.ca_file), readFileSync(`${place}/ca.pem`))
  assert.deepEqual(readdirSync(dir).sort(), ['ca.pem', ...['control', 'desk', 'gateway', 'maker'].flatMap((who) => [`${who}.key`, `${who}.pem`])].sort())
  await until('the new one', async () => {
    const desk = connect('desk')
    const said = await logIn(desk, 'desk').catch((error) => [error.message])
    desk.destroy()
    return said[0] === 0
  })
  const old = { cert: readFileSync(`${place}/desk.pem`), key: readFileSync(`${place}/desk.key`) }
  assert.match((await hear(connect(null, old))).end, /alert/)
  const order = await until('an order that trades', () => buy(client, universe[2].symbol, 1))
  await filled(client, order.order_id)
  assert.deepEqual(['dataplane', 'control', 'maker'].map(pidOf), pids)
  assert.equal(figures().gateway_cut, before.gateway_cut)
  // And who comes again comes with the new one.
  execFileSync('sv', ['restart', `${process.env.BIJLI_SV}/maker`])
  await until('the maker', () => pidOf('maker') !== pids[2] && health('maker').state === 'up')
})
