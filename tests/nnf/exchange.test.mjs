// The simulated exchange, spoken to by the same member: orders that meet the model's market, a process that is killed.
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createWriteStream, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { after, before, test } from 'node:test'
import { Member } from './member.mjs'

const place = process.env.NNF_PLACE, root = process.env.NNF_ROOT, cipher = process.env.NNF_CIPHER
const base = 20000 + Math.floor(Math.random() * 12000)
const BUY = 1, SELL = 2
const names = readFileSync(`${root}/sim/data/universe.csv`, 'utf8').split('\n').filter((line) => line && !line.startsWith('#'))
const row = Object.fromEntries(names[0].split(',').map((name, i) => [name, names[1].split(',')[i]]))
const symbol = row.symbol, close = Number(row.prev_close_paise), step = Number(row.tick_paise)
const low = Math.ceil((close - 15 * close / 100) / step) * step
let exchange, member

const config = {
  run_dir: `${place}/run`, data_dir: `${place}/data`, universe_csv: `${root}/sim/data/universe.csv`,
  feed: {
    driver: 'memif', iface_a: 'a', iface_b: 'b', memif_socket: `${place}/run/memif.sock`, segment: 'CM', stream_cnt: 5,
    port_a: 16641, port_b: 10631, group_a: '239.60.60.41', group_b: '239.60.60.31',
  },
  exchange: {
    iface_a: 'a', iface_b: 'b', source_a: '10.60.1.1', source_b: '10.60.2.1', seed: 7, messages_per_s: 4000,
    nnf: {
      host: '127.0.0.1', port: base + 1, router_port: base + 2, cipher, cert_file: `${place}/cert.pem`, key_file: `${place}/key.pem`,
      boxes: [{ id: 9, broker: '90001', rate: 1000 }],
      users: [{ id: 901, box: 9, branch: 1, type: 0, broker: '90001', session: 1, account: 1, password_file: `${place}/password` }],
    },
  },
  dataplane: { memory_mb: 128, huge: false, file_prefix: `nnfx${process.pid}` },
}

const sleep = (ms) => new Promise((turn) => setTimeout(turn, ms))
const answers = (port) => new Promise((turn) => {
  const socket = net.connect({ host: '127.0.0.1', port })
  socket.on('connect', () => { socket.destroy(); turn(true) }).on('error', () => turn(false))
})
async function start() {
  exchange = spawn(process.env.NNF_EXCHANGE, ['--config', `${place}/bijli.json`], { stdio: ['ignore', 'ignore', 'pipe'] })
  exchange.stderr.pipe(createWriteStream(`${place}/log`, { flags: 'a' }))
  for (let i = 0; i < 150 && !(await answers(base + 1)); i++) await sleep(100)
}
const ended = (signal) => new Promise((turn) => { exchange.once('exit', turn); exchange.kill(signal) })
const signOn = async () => {
  member = await Member.box(base + 2, 9, '90001', cipher)
  assert.equal(await member.signOn(901, 'Secret1'), 0)
}
const order = (side, qty, price, ref) => member.order(901, { symbol, side, qty, price, ref, account: 'ANY' })
const tell = (...words) => spawnSync(process.env.NNF_EXCHANGE, ['--tell', config.run_dir, ...words], { encoding: 'utf8' })
// What comes until one of these codes.
async function until(...codes) {
  const got = []
  do got.push(await member.next()); while (!codes.includes(got.at(-1).code))
  return got
}

before(async () => {
  mkdirSync(config.run_dir), mkdirSync(config.data_dir)
  writeFileSync(`${place}/password`, 'Secret1\n')
  writeFileSync(`${place}/bijli.json`, JSON.stringify(config))
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=router',
    '-keyout', config.exchange.nnf.key_file, '-out', config.exchange.nnf.cert_file], { stdio: 'ignore' })
  await start()
})
after(() => { member?.close(); exchange?.kill('SIGKILL') })

let rests

test('a member signs on and his order trades with the market', async () => {
  await signOn()
  const asked = order(BUY, 10, close + 200 * step, 71)
  const [took, ...fills] = await until(20222)
  assert.deepEqual([took.code, took.error, took.seq, took.ref], [20073, 0, asked, 71])
  let left = fills.at(-1).left
  while (left) { fills.push(await member.next()); left = fills.at(-1).left }
  assert.equal(fills.reduce((sum, fill) => sum + fill.fill, 0), 10)
  for (const fill of fills) assert.deepEqual([fill.code, fill.number, fill.at <= close + 200 * step], [20222, took.number, true])
})

test('what is wrong is refused with the exchange\'s codes', async () => {
  const refused = async (qty, price) => { order(BUY, qty, price, 1); return (await member.next()).error }
  assert.equal(await refused(1, close + 1), 16283)
  assert.equal(await refused(1, close * 2), 16284)
  assert.equal(await refused(Number(row.freeze_qty) + 1, low), 16307)
})

test('an order rests, is modified and cancelled', async () => {
  order(BUY, 10, low, 72)
  const took = await member.next()
  assert.deepEqual([took.code, took.error, took.left], [20073, 0, 10])
  member.change(20040, 901, took, { price: low + step })
  const changed = await member.next()
  assert.deepEqual([changed.code, changed.error, changed.price, changed.left], [20074, 0, low + step, 10])
  member.change(20070, 901, changed)
  const gone = await member.next()
  assert.deepEqual([gone.code, gone.error, gone.number], [20075, 0, took.number])
})

test('a good offer is hit by the market', async () => {
  order(SELL, Number(row.freeze_qty), close - 300 * step, 74) // takes the bids, then is the best offer
  const took = await member.next()
  let last = took
  while (last.code === 20222 || last === took) {
    last = await member.next()
    if (last.code === 20222 && last.seq === 0) break // a fill that nobody asked for
  }
  assert.deepEqual([last.code, last.number], [20222, took.number])
  let latest = last
  for (;;) { // a fill may come in between
    member.change(20070, 901, { ...took, activity: latest.activity })
    const got = await until(20075, 20072)
    if (got.at(-1).code === 20075) break
    assert.equal(got.at(-1).error, 16343)
    latest = [latest, ...got].filter((m) => m.code === 20222).at(-1)
    await sleep(20)
  }
  await sleep(1000) // bids come again
})

test('killed: orders stand again under their numbers, the day can be downloaded', async () => {
  order(BUY, 7, low, 75)
  rests = await member.next()
  assert.equal(rests.code, 20073)
  const whole = await member.download(901)
  await ended('SIGKILL')
  member.close()
  await start()
  await signOn()
  const day = await member.download(901)
  const key = (m) => [m.code, m.number, m.activity, m.left]
  assert.deepEqual(day.map(key), whole.map(key))
  assert.ok(day.some((m) => m.number === rests.number && m.code === 2073 && m.left === 7))
  member.change(20070, 901, rests)
  const gone = await member.next()
  assert.deepEqual([gone.code, gone.error, gone.number, gone.ref], [20075, 0, rests.number, 75])
})

test('faults on command', async () => {
  assert.match(tell('nnf', 'drop').stdout, /^ok/)
  await assert.rejects(async () => { for (;;) await member.next() }, /closed/)
  assert.match(tell('nnf', 'refuse', '2').stdout, /^ok/)
  await assert.rejects(Member.box(base + 2, 9, '90001', cipher))
  await sleep(2200)
  await signOn()
  const figures = JSON.parse(readFileSync(`${config.run_dir}/exchange.status.json`, 'utf8'))
  assert.match(JSON.stringify(figures), /"nnf_drops":\s*1/)
  assert.equal(tell('nnf', 'cut').status, 1)
})

test('stopped in good order and begun again', async () => {
  const whole = await member.download(901)
  await ended('SIGTERM')
  member.close()
  assert.equal(readdirSync(`${config.data_dir}/exchange`).length, 1)
  await start()
  await signOn()
  assert.ok((await member.download(901)).length >= whole.length)
})
