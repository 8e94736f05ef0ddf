// A dataplane of venue nse and an exchange of its own, beside the world: orders go to bijli-exchange by NNF. Then the
// dataplane is killed, the exchange is killed, stands still, cuts the line, a standby takes over. After each both know the same of
// every order, nothing is in doubt, and each request was answered exactly once.
import assert from 'node:assert/strict'
import { execFile, execFileSync, spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { bin, config, replicaCertificates, sleep, universe, until } from './world.mjs'

const run = promisify(execFile)
const place = mkdtempSync(join(tmpdir(), 'bijli-venue.'))
const dir = { run: join(place, 'run'), data: join(place, 'data') }
let file = join(place, 'bijli.json')
const running = new Set()
const READY = 15, STOPPED = 1, AWAY_REASON = '172', RATE = 200
const { symbol, tick } = universe[0]
let exchange, dataplane, made

after(() => {
  for (const child of running) child.kill('SIGKILL')
  if (!process.env.BIJLI_TEST_KEEP) rmSync(place, { recursive: true })
})

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

function start(program, args = [], configFile = file) {
  const env = { ...process.env, XDG_RUNTIME_DIR: place, RUNTIME_DIRECTORY: place }
  const child = spawn(bin(program), ['--config', configFile, ...args], { env })
  running.add(child)
  child.out = ''
  child.stdout.on('data', (data) => { child.out += data })
  child.stderr.on('data', (data) => { child.out += data; if (process.env.BIJLI_TEST_KEEP) appendFileSync(join(place, program), data) })
  child.ended = new Promise((resolve) => child.on('exit', (code, signal) => { running.delete(child); resolve(code ?? signal) }))
  return child
}
async function kill(child) {
  child.kill('SIGKILL')
  await child.ended
}

function status(name) {
  const path = join(dir.run, `${name}.status.json`)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { state: 'down', text: 'no file', figures: {} }
}
const figure = (key) => status('dataplane').figures[key] ?? 0
const startDataplane = async () => {
  dataplane = start('bijli-dataplane')
  await until('an open gateway', () => dataplane.out.includes('orders: 127.0.0.1') || dataplane.exitCode !== null, 30000)
}
const startExchange = async () => {
  exchange = start('bijli-exchange')
  await until('an exchange', () => exchange.out.includes('publishing') || exchange.exitCode !== null, 20000)
}
const fresh = (child) => status('dataplane').pid === child.pid
const ready = () => until('a dataplane that is signed on', () => {
  const { text, figures } = status('dataplane')
  if (fresh(dataplane) && figures.nse_state === READY) return true
  throw new Error(`${text}: state ${figures.nse_state}, error ${figures.nse_error}`)
}, 20000)

// Both sides' files, compared: {orders, open, refused, fills, between, strays, differences}.
async function agree() {
  await until('nothing on its way', () => figure('nse_state') === READY && figure('nse_on_the_way') === 0, 20000)
  assert.equal(figure('nse_in_doubt'), 0)
  const { stdout } = await run(bin('bijli-agree'), ['--config', file, '--wait', '5']).catch((error) => assert.fail(error.stdout + error.stderr))
  const words = stdout.trim().split('\n').pop().split(' ')
  const sums = Object.fromEntries(words.filter((_, i) => i % 2 === 0).map((word, i) => [word, Number(words[2 * i + 1])]))
  assert.equal(sums.strays, 0, stdout)
  return sums
}

async function desk(session, ...args) {
  try {
    const { stdout } = await run(bin('bijli-desk'), ['--config', file, '--session', session, ...args])
    return { code: 0, out: stdout }
  } catch (error) {
    return { code: error.code, out: error.stdout + error.stderr }
  }
}
const value = (out, name) => new RegExp(`${name}=(\\S+)`).exec(out)?.[1]

// A stream of orders, modifications and cancels; its log has each acknowledged report.
let streams = 0
function stream(count) {
  const log = join(place, `stream-${++streams}`)
  const child = start('bijli-desk', ['--session', 'desk', 'stream', '--rate', String(RATE), '--count', String(count), '--log', log,
    '--seed', String(streams)])
  return Object.assign(child, { log, flows: () => until('orders that flow', () => existsSync(log) && statSync(log).size > 4000, 20000) })
}
const reports = (log) => readFileSync(log, 'utf8').split('\n').filter((line) => line.includes('order_id='))
  .map((line) => Object.fromEntries(line.split(/\s+/).map((word) => word.split('='))))
async function answeredOnce(child) {
  assert.equal(await child.ended, 0, child.out.slice(-2000))
  const rows = reports(child.log), requests = new Map()
  for (const row of rows.filter((one) => one.type !== 't' && one.request !== '0')) requests.set(row.request, (requests.get(row.request) ?? 0) + 1)
  assert.deepEqual([...requests].filter(([, cnt]) => cnt !== 1), [], 'a request was answered more than once')
  assert.equal(new Set(rows.map((row) => row.event)).size, rows.length, 'an event was reported twice')
  return rows
}

before(async () => {
  const [gateway, tls, port, router] = [await freePort(), await freePort(), await freePort(), await freePort()]
  mkdirSync(dir.run), mkdirSync(dir.data)
  const cert = join(place, 'cert.pem'), key = join(place, 'key.pem'), password = join(place, 'password')
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=router', '-keyout', key, '-out', cert], { stdio: 'ignore' })
  writeFileSync(password, 'Secret1\n')
  const services = { recovery_port: 0, snapshot_port: 0 }
  made = {
    ...config,
    venue: 'nse', run_dir: dir.run, data_dir: dir.data,
    feed: { ...config.feed, ...services, driver: 'memif', memif_socket: join(place, 'memif.sock') },
    exchange: {
      ...config.exchange, ...services, messages_per_s: 1,
      nnf: { ...config.exchange.nnf, host: '127.0.0.1', port, router_port: router, cert_file: cert, key_file: key,
        heartbeat_s: 1, users: [{ ...config.exchange.nnf.users[0], password_file: password }] },
    },
    nse: { ...config.nse, router_host: '127.0.0.1', router_port: router, ca_file: cert, password_file: password,
      settle_ms: 300, heartbeat_s: 1, answer_wait_s: 1, retry_ms: 50, retry_max_ms: 200 },
    gateway: { ...config.gateway, driver: 'socket', host: '127.0.0.1', port: gateway, tls_port: tls, peer_ip: '127.0.0.1' },
    dataplane: { ...config.dataplane, huge: false, file_prefix: `v${process.pid}` },
  }
  writeFileSync(file, JSON.stringify(made))
})

test('while there is no exchange orders are refused, and the status says so', async () => {
  await startDataplane()
  await until('a status', () => fresh(dataplane) && status('dataplane').state === 'degraded')
  assert.match(status('dataplane').text, /venue nse: .*new orders are refused/)
  const refused = await desk('desk', 'send', symbol, 'buy', '1', String(universe[0].tick * 1000))
  assert.equal(refused.code, 1, refused.out)
  await startExchange()
  await ready()
})

test('an order rests, two accounts trade with each other, and cancel on disconnect goes through', async () => {
  const rows = readFileSync(config.universe_csv, 'utf8').split('\n').filter((line) => line && !line.startsWith('#'))
  const column = rows[0].split(',').indexOf('prev_close_paise')
  const close = Number(rows[1].split(',')[column])
  const buy = await desk('desk', 'send', symbol, 'buy', '7', String(close - 2000 * tick))
  assert.equal(value(buy.out, 'type'), 'a', buy.out)
  const gone = await desk('desk', 'cancel', value(buy.out, 'order_id'))
  assert.match(gone.out, /type=c .*reason=BJ_END_USER/)
  // Above everybody else's: what is not traded at once is the best bid.
  const bid = await desk('desk', 'send', symbol, 'buy', '20000', String(close + 200 * tick))
  const sell = await desk('maker', 'send', symbol, 'sell', '5', String(close - 2000 * tick))
  assert.match(sell.out, /type=t/, `${bid.out}${sell.out}`)
  const left = await desk('maker', 'send', symbol, 'sell', '3', String(close + 2000 * tick))
  assert.equal(value(left.out, 'type'), 'a', left.out)
  await desk('desk', 'cancel', value(bid.out, 'order_id'))
  const both = await agree()
  assert.equal(both.open, 0, 'the maker has gone, and its order with it')
  assert.ok(both.between >= 1 && both.orders === 4, JSON.stringify(both))
})

test('the dataplane is killed with orders on their way', { timeout: 60000 }, async () => {
  const child = stream(RATE * 5)
  for (let i = 0; i < 2; i++) {
    await child.flows()
    await sleep(600 + 400 * i)
    await kill(dataplane)
    await startDataplane()
    await ready()
  }
  await answeredOnce(child)
  const both = await agree()
  assert.ok(both.orders > 100, JSON.stringify(both))
})

test('the exchange is killed, then stands still, with orders on their way', { timeout: 60000 }, async () => {
  const child = stream(RATE * 9)
  await child.flows()
  const before = figure('nse_reconnects')
  await sleep(500)
  await kill(exchange)
  await until('a status that says it', () => status('dataplane').state === 'degraded' && figure('nse_state') !== READY)
  await sleep(500)
  await startExchange()
  await ready()
  await sleep(500)
  exchange.kill('SIGSTOP')
  await until('a connection given up', () => figure('nse_state') !== READY, 10000)
  exchange.kill('SIGCONT')
  await ready()
  const rows = await answeredOnce(child)
  await agree()
  assert.ok(rows.some((row) => row.reason === AWAY_REASON), 'nothing was refused meanwhile')
  assert.ok(figure('nse_reconnects') >= before + 2)
  assert.ok(figure('nse_reconciled') > 0 && figure('nse_doubts') > 0)
})

test('the line is cut again and again', { timeout: 60000 }, async () => {
  const child = stream(RATE * 4)
  await child.flows()
  for (let i = 0; i < 6; i++) {
    await run(bin('bijli-exchange'), ['--tell', dir.run, 'nnf', 'drop'])
    await sleep(300)
  }
  await answeredOnce(child)
  await agree()
})

test('the journal replays to the same state, and goes on with its own venue alone', async () => {
  await kill(dataplane)
  const { stdout } = await run(bin('bijli-journal'), ['replay', join(dir.data, 'journal')])
  assert.match(stdout, /^venue nse$/m)
  const hash = /state_hash 0x([0-9a-f]+)/.exec(stdout)[1]
  const other = join(place, 'internal.json')
  writeFileSync(other, JSON.stringify({ ...made, venue: 'internal' }))
  const child = start('bijli-dataplane', [], other)
  assert.equal(await child.ended, 1)
  assert.match(child.out, /is of venue nse, the configuration says venue internal/)
  await startDataplane()
  assert.equal(JSON.parse(readFileSync(join(dir.run, 'dataplane.recovery.json'), 'utf8')).state_hash, hash)
  await ready()
  await agree()
})

// Each machine has its own journal; the exchange is one.
test('a standby takes over, and signs on itself', { timeout: 60000 }, async () => {
  const [mine, its] = [await freePort(), await freePort()], key = join(place, 'replica.key')
  writeFileSync(key, `${'k'.repeat(40)}\n`)
  const wire = { key_file: key, ...replicaCertificates(place) }
  const replica = (port) => ({ host: '127.0.0.1', port, ...wire, lost: 'disk', lost_ms: 1000, hash_every: 100 })
  const other = { run: join(place, 'run-b'), data: join(place, 'data-b') }
  const second = join(place, 'second.json')
  mkdirSync(other.run)
  writeFileSync(second, JSON.stringify({
    ...made, run_dir: other.run, data_dir: other.data, standby: { host: '127.0.0.1', port: mine, ...wire },
    dataplane: { ...made.dataplane, file_prefix: `w${process.pid}`, durability: 'replica', replica: replica(its) },
  }))
  writeFileSync(file, JSON.stringify({ ...made, dataplane: { ...made.dataplane, durability: 'replica', replica: replica(mine) } }))
  const tell = (...words) => run(bin('bijli-standby'), ['--tell', other.run, ...words]).then((said) => said.stdout, () => '')
  await kill(dataplane)
  const standby = start('bijli-standby', [], second)
  await startDataplane()
  await until('a standby that follows', async () => (await tell('status')).startsWith('ok following'))
  await ready()
  const child = stream(RATE * 3)
  await child.flows()
  await sleep(500)
  assert.match(await tell('take-over'), /^ok/)
  assert.equal(await standby.ended, 0)
  await until('a primary that has let go', () => figure('nse_state') === STOPPED && /^fenced/.test(status('dataplane').text))
  await kill(dataplane)
  symlinkSync(join(dir.data, 'exchange'), join(other.data, 'exchange')) // for bijli-agree
  dir.run = other.run
  file = second
  await startDataplane()
  await ready()
  await answeredOnce(child)
  await agree()
})
