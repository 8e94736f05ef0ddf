// What goes between processes and over the wire: who can listen in, and who can take somebody else's place.
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import tls from 'node:tls'
import { bin, config, ctl, natsConnect, natsHello, natsOne, origin, pidOf, raw, universe, until } from './world.mjs'

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

// --- PostgreSQL

test('PostgreSQL knows a service by its process, and no password', { skip: !isRoot && 'everything is one user\'s' }, () => {
  const as = (user, groups, role) => spawnSync('setpriv', ['--reuid', user, '--regid', user, ...groups, 'psql', '-X', '-At',
    '-d', config.postgres[role], '-c', 'SELECT current_user'], { encoding: 'utf8', cwd: '/', env: { ...process.env, PGPASSWORD: 'guess' } })
  for (const service of ['control', 'relay']) {
    for (const role of ['control', 'relay']) {
      const { status, stdout, stderr } = as(`bijli-${service}`, ['--groups', 'bijli-store'], role)
      if (service === role) assert.equal(stdout.trim(), `bijli_${role}`, stderr)
      else assert.ok(status !== 0 && /Peer authentication failed/.test(stderr), `${service} as ${role}: ${stdout}${stderr}`)
    }
  }
  // Who has no business there does not reach the socket; who did, would be nobody.
  assert.match(as('bijli-edge', ['--clear-groups'], 'control').stderr, /Permission denied/)
  assert.match(as('bijli-edge', ['--groups', 'bijli-store'], 'control').stderr, /Peer authentication failed/)
})

// --- a public name

const NAME = 'trade.bijli.example'
const HSTS = 'max-age=31536000; includeSubDomains'
const freePort = () => new Promise((resolve) => {
  const server = net.createServer().listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => resolve(port)) })
})
const ends = []
after(async () => { for (const end of ends.reverse()) await end() })

// A CA, a certificate of its for NAME that names who can be asked about it, and who answers there.
async function authority(dir) {
  const openssl = (...args) => execFileSync('openssl', args, { cwd: dir, stdio: ['ignore', 'pipe', 'ignore'] })
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  let asked = 0
  // RFC 6960, A.1: a question may stand in the path.
  const responder = http.createServer(async (request, answer) => {
    asked++
    const body = await request.toArray()
    writeFileSync(`${dir}/asked`, request.method === 'POST' ? Buffer.concat(body) : Buffer.from(decodeURIComponent(request.url.slice(1)), 'base64'))
    openssl('ocsp', '-index', 'index.txt', '-CA', 'ca.pem', '-rsigner', 'ca.pem', '-rkey', 'ca.key', '-reqin', 'asked', '-respout', 'said', '-ndays', '1')
    answer.writeHead(200, { 'content-type': 'application/ocsp-response' }).end(readFileSync(`${dir}/said`))
  })
  const port = await new Promise((resolve) => responder.listen(0, '127.0.0.1', () => resolve(responder.address().port)))
  ends.push(() => new Promise((resolve) => { responder.closeAllConnections(); responder.close(resolve) }))
  openssl('req', '-x509', ...ec, '-days', '3', '-subj', '/CN=A CA of the test', '-addext', 'basicConstraints=critical,CA:TRUE',
    '-keyout', 'ca.key', '-out', 'ca.pem')
  openssl('req', '-x509', '-CA', 'ca.pem', '-CAkey', 'ca.key', ...ec, '-days', '2', '-set_serial', '4711', '-subj', `/CN=${NAME}`,
    '-addext', `subjectAltName=DNS:${NAME}`, '-addext', 'basicConstraints=critical,CA:FALSE',
    '-addext', `authorityInfoAccess=OCSP;URI:http://127.0.0.1:${port}/`, '-keyout', 'key.pem', '-out', 'own.pem')
  writeFileSync(`${dir}/chain.pem`, ['own.pem', 'ca.pem'].map((name) => readFileSync(`${dir}/${name}`)).join(''))
  const [serial, end] = ['-serial', '-enddate'].map((what) => openssl('x509', '-noout', what, '-in', 'own.pem').toString().trim().split('=')[1])
  const stamp = new Date(end).toISOString().replace(/[-:T]/g, '').slice(2, 14)
  const say = (state, revoked) => writeFileSync(`${dir}/index.txt`, `${state}\t${stamp}Z\t${revoked}\t${serial}\tunknown\t/CN=${NAME}\n`)
  say('V', '')
  return { ca: readFileSync(`${dir}/ca.pem`), asked: () => asked, takeBack: () => say('R', new Date().toISOString().replace(/[-:T]/g, '').slice(2, 14) + 'Z') }
}

// What make run would make of such a name, as far as nginx and the configuration, in front of this world's control.
async function publicDoor(dir) {
  const [port, kite] = [await freePort(), await freePort()]
  execFileSync('bash', ['-c', `set -euo pipefail
    source deploy/dev/lib/world.sh
    for part in users secrets public services; do source "$DEV/lib/$part.sh"; done
    PORT=${port} KITE_PORT=${kite} CONTROL_SOCKET=${socket} HUGE=false
    host_asked
    mkdir -p "$VAR/tls" "$VAR/state" "$VAR/secrets"
    host_certificate
    device_ca_make
    nginx_files
    config_make
    host_keep`], { stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, BIJLI_VAR: `${dir}/var`, BIJLI_ID: 'pub', BIJLI_PORT: '20000', BIJLI_HOST: NAME, BIJLI_CERT: `${dir}/chain.pem`,
      BIJLI_KEY: `${dir}/key.pem` } })
  const nginx = spawn('nginx', ['-e', 'stderr', '-p', `${dir}/var/run/nginx`, '-c', `${dir}/var/etc/nginx.conf`], { stdio: 'ignore' })
  const gone = new Promise((resolve) => nginx.on('exit', resolve))
  ends.push(() => { nginx.kill('SIGTERM'); return gone })
  return { port, kite, made: JSON.parse(readFileSync(`${dir}/var/etc/bijli.json`, 'utf8')), kept: readFileSync(`${dir}/var/state/host`, 'utf8') }
}

test('a public name: its certificate verifies, browsers are told to stay with TLS, and whether it was taken back', { timeout: 60000 }, async () => {
  const dir = mkdtempSync(`${tmpdir()}/bijli-public.`)
  chmodSync(dir, 0o755)
  ends.push(() => rmSync(dir, { recursive: true }))
  const { ca, asked, takeBack } = await authority(dir)
  const { port, kite, made, kept } = await publicDoor(dir)
  const at = (to) => ({ host: '127.0.0.1', port: to, servername: NAME, ca })
  const ask = (to, path, more = {}) => new Promise((resolve, reject) => {
    const { body, ...options } = more
    https.request({ ...at(to), path, headers: { host: `${NAME}:${to}` }, agent: false, ...options }, (answer) => {
      answer.resume().on('end', () => resolve(answer))
    }).on('error', reject).end(body)
  })
  await until('nginx', async () => (await ask(port, '/api/v1/health')).statusCode === 200)
  const seen = await Promise.all([ask(port, '/'), ask(port, '/api/v1/health'), ask(port, '/api/v1/me'), ask(port, '/api/v1/nope'),
    ask(port, '/kite/user/profile'), ask(port, '/', { method: 'TRACE' }), ask(kite, '/user/profile'),
    ask(port, '/api/v1/auth/login', { method: 'POST', body: 'x'.repeat(70000) })])
  assert.deepEqual(seen.map((answer) => answer.statusCode), [200, 200, 401, 404, 404, 405, 403, 413])
  for (const answer of seen) assert.equal(answer.headers['strict-transport-security'], HSTS, answer.req.path)
  // Only for who knows the CA, and by that name.
  await assert.rejects(ask(port, '/', { ca: undefined }), /self-signed|unable to/)
  await assert.rejects(ask(port, '/', { servername: 'other.example' }), /altnames/)
  // nginx asks once somebody has come, and staples from then on.
  const staple = (of = port) => new Promise((resolve, reject) => {
    const client = tls.connect({ ...at(of), requestOCSP: true }).on('error', reject)
    client.on('OCSPResponse', (response) => { client.destroy(); resolve(response?.length ?? 0) })
  })
  await until('a stapled answer', async () => (await staple()) > 100)
  assert.ok(asked() > 0)
  // So does the tick socket, of what is fetched beside it; of a certificate that was taken back nothing.
  const file = `${dir}/var/run/edge/ocsp.der`
  assert.equal(made.edge.staple_file, file)
  const edgePort = await freePort()
  for (const name of ['run', 'var/run/edge']) mkdirSync(`${dir}/${name}`, { recursive: true })
  writeFileSync(`${dir}/edge.json`, JSON.stringify({ ...config, run_dir: `${dir}/run`, edge: { ...config.edge, port: edgePort, staple_file: file,
    cert_file: made.edge.cert_file, key_file: made.edge.key_file } }))
  const edge = spawn(bin('bijli-edge'), ['--config', `${dir}/edge.json`], { stdio: 'ignore' })
  await until('the edge', () => staple(edgePort).then(() => true, () => false))
  assert.equal(await staple(edgePort), 0)
  const fetcher = spawn('deploy/dev/ocsp', [made.edge.cert_file, file, `${edge.pid}`], { stdio: 'ignore' })
  const gone = new Promise((resolve) => fetcher.on('exit', resolve))
  ends.push(() => { edge.kill('SIGTERM'); return gone })
  await until('a stapled answer of the edge', async () => (await staple(edgePort)) > 100)
  takeBack()
  assert.equal(await new Promise((resolve) => spawn('deploy/dev/ocsp', [made.edge.cert_file, file]).on('exit', resolve)), 0)
  await until('nothing of one that was taken back', async () => (await staple(edgePort)) === 0)
  edge.kill('SIGTERM')
  await gone // it goes with the edge
  // And everything else that has the name.
  const { hostname } = new URL(made.web.origin)
  assert.deepEqual([hostname, made.web.origin, made.web.edge_url, made.apps.url],
    [NAME, `https://${NAME}:${port}`, `wss://${NAME}:${made.edge.port}/`, `https://${NAME}:${kite}`])
  assert.equal(made.web.strict_transport, HSTS)
  assert.deepEqual(kept.trim().split('\n'), [NAME, `${dir}/chain.pem`, `${dir}/key.pem`])
})

test('localhost is told none of that: a browser would keep it for every server of that machine', async () => {
  for (const address of [`${origin}/`, `${origin}/api/v1/health`, `${origin}/nope`, `${config.apps.url}/user/profile`]) {
    assert.equal((await fetch(address)).headers.get('strict-transport-security'), null, address)
  }
  const edge = config.web.edge_url.replace('wss', 'https')
  const answer = await new Promise((resolve, reject) => https.get(edge, { agent: false }, resolve).on('error', reject))
  assert.equal(answer.statusCode, 400)
  assert.equal(answer.headers['strict-transport-security'], undefined)
  answer.destroy()
  assert.equal(config.web.strict_transport, '')
})
