// Logs (docs/logs.md): each line of every service is at another machine, as one kind of record, however long that was away and
// whatever was killed; old ones leave by age and no sooner; no service can write what it has said.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { after, before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { config, demo, health, isUp, kill9, pidOf, signUp, sv, until } from './world.mjs'

const world = process.env.BIJLI_VAR
const place = mkdtempSync(`${tmpdir()}/bijli-logs.`)
const DAY_S = 86400
const port = await new Promise((resolve) => {
  const server = net.createServer().listen(0, '127.0.0.1', () => { const { port: at } = server.address(); server.close(() => resolve(at)) })
})
const settings = (env) => execFileSync('python3', ['-B', 'deploy/dev/logs/settings.py', world], { env: { ...process.env, ...env }, stdio: 'pipe' })
const certificate = (name) => execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
  '-subj', '/CN=logs', '-addext', 'subjectAltName=DNS:localhost', '-keyout', `${place}/${name}.key`, '-out', `${place}/${name}.pem`], { stdio: 'ignore' })

// --- the other machine: rsyslog, as docs/logs.md has it

const got = `${place}/got`
let receiver = null
async function receive(name) {
  await away()
  writeFileSync(`${place}/rsyslog.conf`, `
global(workDirectory="${place}" maxMessageSize="64k")
module(load="imrelp" tls.tlslib="openssl")
template(name="record" type="string" string="%msg%\\n")
ruleset(name="in") { action(type="omfile" file="${got}" template="record") }
input(type="imrelp" port="${port}" address="127.0.0.1" ruleset="in" tls="on" tls.myCert="${place}/${name}.pem" tls.myPrivKey="${place}/${name}.key")
`)
  receiver = spawn('/usr/sbin/rsyslogd', ['-n', '-f', `${place}/rsyslog.conf`, '-i', `${place}/pid`], { stdio: 'ignore' })
  receiver.ended = new Promise((resolve) => receiver.on('exit', resolve))
  await until('the other machine', () => new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true) })
    socket.on('error', () => resolve(false))
  }))
}
async function away() {
  receiver?.kill('SIGTERM')
  await receiver?.ended
  receiver = null
}
// Each once, by the id that it carries.
function records() {
  const made = new Map()
  for (const line of existsSync(got) ? readFileSync(got, 'utf8').split('\n').filter(Boolean) : []) {
    const record = JSON.parse(line)
    made.set(`${record.service} ${record.id}`, record)
  }
  return [...made.values()]
}

const here = (service) => execFileSync('python3', ['-B', 'deploy/dev/logs/read.py', world, service], { maxBuffer: 1 << 28 }).toString()
  .split('\n').filter(Boolean).map((line) => JSON.parse(line))
const words = (list) => list.map(({ time, level, text }) => `${time} ${level} ${text}`).sort()

// A line of bijli-control's with a word in it that nothing else has.
async function refuse() {
  const client = await signUp()
  assert.equal((await client.request('POST', '/admin/kill', {})).status, 403)
  return `user:${client.user.id} as client`
}
const restart = () => sv('restart', 'logs')

before(async () => {
  certificate('right')
  certificate('wrong')
  await until('the service of the logs', () => isUp('logs'))
})
after(async () => {
  await away()
  settings({ BIJLI_LOG_TO: 'none', BIJLI_LOG_CA: '' })
  restart()
  rmSync(place, { recursive: true })
})

test('to a machine that cannot show who it is nothing goes, and that is said', async () => {
  settings({ BIJLI_LOG_TO: `localhost:${port}`, BIJLI_LOG_CA: `${place}/right.pem` })
  await receive('wrong')
  restart()
  const said = await until('a trouble', () => health('logs').text.includes('certificate') && health('logs'))
  assert.equal(said.state, 'degraded')
  assert.match(said.text, /^logs do not reach localhost:\d+ \(.*certificate verify failed.*\); they wait here$/)
  assert.deepEqual(records(), [])
  await away()
})

test('what a service says is at the other machine, from all of them, as one kind of record', async () => {
  await receive('right')
  const word = await refuse()
  const line = await until('the line', () => records().find((record) => record.service === 'control' && record.text.includes(word)))
  assert.equal(line.level, 'warn')
  assert.match(line.at, /^controlplane\/.*\.c:\d+$/)
  await until('all of them', () => ['postgres', 'redis', 'nats', 'control', 'edge', 'relay', 'dataplane', 'logs']
    .every((name) => records().some((record) => record.service === name)))
  for (const record of records().filter(({ service }) => service !== 'trail-heads')) {
    assert.match(record.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/)
    assert.ok(['debug', 'info', 'warn', 'error'].includes(record.level) && record.text !== undefined && record.host)
  }
  assert.equal(records().find(({ text }) => text.startsWith('starting PostgreSQL')).level, 'info')
})

test('none is lost: the other machine is away, the sender is killed, logs turn over', async () => {
  await away()
  const first = await refuse()
  sv('alarm', 'control/log') // svlogd turns over
  await until('a file turned over', () => readdirSync(`${world}/log/control`).some((name) => name.startsWith('@')))
  const second = await refuse()
  await until('a trouble', () => health('logs').state === 'degraded')
  kill9('logs')
  const third = await refuse()
  await receive('right')
  for (const word of [first, second, third]) {
    await until(word, () => records().some((record) => record.text.includes(word)))
  }
  for (const service of ['control', 'nats', 'redis', 'postgres']) {
    await until(`all of ${service}`, () => {
      const there = new Set(words(records().filter((record) => record.service === service)))
      return words(here(service)).every((line) => there.has(line))
    })
  }
  await until('no trouble', () => isUp('logs'))
})

test('the signed heads of the audit trail are there too, and can be put together again', async () => {
  await demo('client')
  await until('the same heads', () => {
    const lines = records().filter((record) => record.service === 'trail-heads')
      .sort((a, b) => a.id.split('-')[1] - b.id.split('-')[1])
    return lines.length > 6 && lines.map((record) => `${record.text}\n`).join('') === readFileSync(`${config.trail.dir}/heads`, 'utf8')
  })
})

test('they leave by age, 180 days, and not sooner', async () => {
  const folder = `${world}/log/mailsink`
  const put = (name, days) => {
    writeFileSync(`${folder}/${name}`, `2026-01-01_00:00:00.00000 ${days} days old\n`)
    const at = Date.now() / 1000 - days * DAY_S
    utimesSync(`${folder}/${name}`, at, at)
  }
  put('@4000000000000001.s', 181)
  put('@4000000000000002.s', 179)
  put('@4000000000000003.s', 0)
  restart()
  const names = await until('the old one gone', () => {
    const found = readdirSync(folder).filter((name) => name.startsWith('@400000000000000'))
    return !found.includes('@4000000000000001.s') && found
  })
  assert.deepEqual(names.filter((name) => /3/.test(name)), ['@4000000000000003.s'])
  await until('packed', () => existsSync(`${folder}/@4000000000000002.s.gz`))
  assert.match(gunzipSync(readFileSync(`${folder}/@4000000000000002.s.gz`)).toString(), /179 days old/)
  assert.ok(here('mailsink').some(({ text }) => text === '179 days old'))
  for (const name of readdirSync(folder)) if (name.startsWith('@400000000000000')) rmSync(`${folder}/${name}`)
})

test('the disk has a bound, and says so before anything younger goes', async () => {
  const folder = `${world}/log/mailsink`
  writeFileSync(`${folder}/@4000000000000004.s`, Buffer.alloc(1900000, 'x\n'))
  settings({ BIJLI_LOG_MB: '2', BIJLI_LOG_TO: 'none', BIJLI_LOG_CA: '' })
  restart()
  try {
    await until('a trouble', () => /^logs take \d+ of 2 MB and are \d+ of 180 days old: raise BIJLI_LOG_MB|^\d+ logs younger than 180 days went/
      .test(health('logs').text))
  } finally {
    rmSync(`${folder}/@4000000000000004.s`, { force: true })
    settings({ BIJLI_LOG_MB: '2000' })
    restart()
  }
  await until('no trouble', () => isUp('logs'))
})

test('no service can write where its lines are kept', { skip: process.getuid() !== 0 && 'all are one user without root' }, () => {
  const services = readdirSync(process.env.BIJLI_SV)
  let others = 0
  for (const name of services.filter((service) => service !== 'logs')) {
    const uid = Number(/^Uid:\t(\d+)/m.exec(readFileSync(`/proc/${pidOf(name)}/status`, 'utf8'))[1])
    const folder = `${world}/log/${name}`
    for (const path of [`${world}/log`, `${world}/log/logs`, folder, ...readdirSync(folder).map((file) => `${folder}/${file}`)]) {
      const about = statSync(path)
      assert.equal(about.mode & 0o022, 0, `${path}: ${about.mode.toString(8)}`)
      assert.ok(uid === 0 || about.uid !== uid, `${path} belongs to who runs ${name}`)
    }
    others += uid !== 0
  }
  assert.ok(others >= 3)
})

test('what it is told is judged: a folder, a port, a certificate, and no clear text to elsewhere', () => {
  const refused = (env, sentence) => assert.throws(() => settings(env), (error) => sentence.test(error.stderr.toString()))
  refused({ BIJLI_LOG_TO: 'somewhere' }, /BIJLI_LOG_TO=somewhere: HOST:PORT, or none/)
  refused({ BIJLI_LOG_TO: 'localhost:70000' }, /a port is 1 to 65535/)
  refused({ BIJLI_LOG_DAYS: '0' }, /BIJLI_LOG_DAYS=0: days, 1 to 9999/)
  refused({ BIJLI_LOG_TO: 'logs.example.org:6514', BIJLI_LOG_CA: 'none' }, /under TLS only/)
  refused({ BIJLI_LOG_CA: `${place}/nothing.pem` }, /cannot be read/)
})
