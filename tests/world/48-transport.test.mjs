// What goes between processes and over the wire: who can listen in, and who can take somebody else's place.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { bin, config, ctl, natsConnect, natsHello, natsOne, pidOf, raw, universe } from './world.mjs'

const isRoot = process.getuid() === 0
const socket = config.control.socket
const listening = (kind) => execFileSync('ss', ['-Hlnp', kind], { encoding: 'utf8' }).split('\n')

test('control listens at its socket and at no port', () => {
  const mine = (kind) => listening(kind).filter((line) => line.includes(`pid=${pidOf('control')},`))
  assert.deepEqual(mine('-t'), [])
  assert.deepEqual(mine('-u'), [])
  assert.equal(mine('-x').length, 1)
  assert.ok(mine('-x')[0].includes(socket))
})

test('to it come nginx\'s workers and who runs the machine, nobody else', { skip: !isRoot && 'everything is one user\'s' }, async () => {
  const ask = (user) => spawnSync('runuser', ['-u', user, '--', 'curl', '-s', '-m', '5', '--unix-socket', socket, 'http://localhost/api/v1/health'],
    { encoding: 'utf8' })
  assert.equal(ask('www-data').stdout, '{"ok":true}')
  for (const user of ['nobody', 'redis', 'nats', 'postgres']) assert.equal(ask(user).status, 7, user)
  assert.equal(statSync(path.dirname(socket)).mode & 0o7777, 0o2750)
  assert.equal(statSync(socket).mode & 0o777, 0o660)
  assert.equal((await ctl('status')).code, 0)
})

test('a second server does not take the first one\'s place', () => {
  const dir = mkdtempSync(`${tmpdir()}/bijli-second.`)
  mkdirSync(`${dir}/trail`)
  writeFileSync(`${dir}/bijli.json`, JSON.stringify({ ...config, run_dir: dir, trail: { ...config.trail, dir: `${dir}/trail` } }))
  const other = spawnSync(bin('bijli-control'), ['--config', `${dir}/bijli.json`], { encoding: 'utf8', timeout: 20000 })
  rmSync(dir, { recursive: true })
  assert.equal(other.status, 1)
  assert.match(other.stderr, /another server listens on /)
  assert.equal(spawnSync('curl', ['-s', '-m', '5', '--unix-socket', socket, 'http://localhost/api/v1/health'], { encoding: 'utf8' }).stdout, '{"ok":true}')
})

// --- the bus

const words = (who = 'edge') => `CONNECT ${natsHello(who)}\r\nSUB md.cm.* 1\r\nPING\r\n`

test('the bus says nothing in clear, whoever knows a password', async () => {
  const { hostname, port } = new URL(config.nats.url)
  const { data, closed } = await raw(() => net.connect(Number(port), hostname), words(), 3000)
  assert.match(data.toString(), /^INFO .*"tls_required":true/)
  assert.doesNotMatch(data.toString(), /\+OK|PONG|MSG/)
  assert.ok(closed)
})

test('nor to who has no certificate of this world; it shows one that nothing else passes for', async () => {
  const web = { cert: readFileSync(config.edge.cert_file), key: readFileSync(config.edge.key_file) }
  const server = { cert: readFileSync(`${path.dirname(config.nats.ca_file)}/server.pem`), key: readFileSync(`${path.dirname(config.nats.ca_file)}/server.key`) }
  for (const [what, options] of Object.entries({ none: {}, web, server })) {
    const said = await natsConnect(null, options).then((socket) => raw(() => socket, words(), 1500), () => ({ data: '', closed: true }))
    assert.ok(said.closed, what)
    assert.doesNotMatch(said.data.toString(), /\+OK|PONG|MSG/, what)
  }
  const socket = await natsConnect('edge')
  assert.equal(socket.getProtocol(), 'TLSv1.3')
  assert.match((await raw(() => socket, words(), 500)).data.toString(), /PONG/)
  // A certificate is good for its own name only, whatever password comes with it.
  const as = await natsConnect('edge')
  assert.doesNotMatch((await raw(() => as, words('control'), 1000)).data.toString(), /\+OK|PONG|MSG/)
  await assert.rejects(natsConnect('edge', { servername: 'localhost' }), /altnames/)
  await assert.rejects(natsConnect('edge', { ca: readFileSync(config.edge.cert_file) }), /unable to|self-signed/)
  assert.ok(await natsOne(`md.cm.${universe[0].symbol}`))
})

test('the certificates of the bus: a month old they are made anew; their CA has no key any more', () => {
  const dir = path.dirname(config.nats.ca_file)
  for (const name of readdirSync(dir)) {
    if (!name.endsWith('.pem')) continue
    const { validTo, issuer, ca } = new X509Certificate(readFileSync(`${dir}/${name}`))
    const days = (Date.parse(validTo) - Date.now()) / 86400e3
    assert.ok(days > 370 && days < 401, `${name}: ${days} days`)
    assert.equal(issuer, 'CN=bijli bus')
    assert.equal(ca, name === 'ca.pem')
  }
  assert.deepEqual(readdirSync(dir).sort(), ['ca.pem', ...['control', 'edge', 'relay', 'server'].flatMap((who) => [`${who}.key`, `${who}.pem`])].sort())
  for (const name of readdirSync(dir)) assert.equal(statSync(`${dir}/${name}`).mode & 0o777, name.endsWith('.key') ? 0o600 : 0o644, name)
})
