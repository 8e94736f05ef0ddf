// A primary and a standby of their own, beside the world: orders flow, the primary is killed or told to stop, the
// standby takes over, the desk resumes.  No acknowledged order may be missing, none may be doubled, and both
// journals must give the same state.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { bin, config, replicaCertificates, sleep, until } from './world.mjs'

const run = promisify(execFile)
const RATE = 500
const running = new Set()
const places = []

after(() => {
  for (const child of running) child.kill('SIGKILL')
  for (const place of places) rmSync(place, { recursive: true })
})

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

// A machine is a folder and a configuration; both machines have their gateway at one address, as if one had taken
// over the other's.
async function makePair(durability, lost) {
  const place = mkdtempSync(join(tmpdir(), 'bijli-standby.'))
  places.push(place)
  const key = join(place, 'replica.key')
  writeFileSync(key, `${'k'.repeat(40)}\n`)
  const wire = { key_file: key, ...replicaCertificates(place) }
  const [gateway, tls, a, b] = [await freePort(), await freePort(), await freePort(), await freePort()]
  const machine = (name, own, other) => {
    const dir = join(place, name)
    mkdirSync(dir)
    const file = join(dir, 'bijli.json')
    writeFileSync(file, JSON.stringify({
      ...config,
      run_dir: join(dir, 'run'),
      data_dir: join(dir, 'data'),
      feed: { ...config.feed, driver: 'memif', memif_socket: join(dir, 'memif.sock') },
      gateway: { ...config.gateway, driver: 'socket', host: '127.0.0.1', port: gateway, tls_port: tls, peer_ip: '127.0.0.1' },
      dataplane: {
        ...config.dataplane, huge: false, file_prefix: `b${process.pid}${name}${own}`, durability,
        replica: { host: '127.0.0.1', port: own, ...wire, lost, lost_ms: 1000, hash_every: 100 },
      },
      standby: { host: '127.0.0.1', port: other, ...wire },
    }))
    return { name, dir, file, runDir: join(dir, 'run'), journal: join(dir, 'data', 'journal') }
  }
  return { place, a: machine('a', a, b), b: machine('b', b, a) }
}

function startOn(machine, program, args = []) {
  const env = { ...process.env, XDG_RUNTIME_DIR: machine.dir, RUNTIME_DIRECTORY: machine.dir }
  const child = spawn(bin(program), ['--config', machine.file, ...args], { env })
  running.add(child)
  child.out = ''
  child.stdout.on('data', (data) => { child.out += data })
  child.stderr.on('data', (data) => { child.out += data })
  child.ended = new Promise((resolve) => child.on('exit', (code, signal) => { running.delete(child); resolve(code ?? signal) }))
  return child
}

function status(machine, name) {
  const file = join(machine.runDir, `${name}.status.json`)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { text: 'no file', figures: {} }
}
const figure = (machine, name, key) => status(machine, name).figures[key] ?? 0
const opened = (child) => until('an open gateway', () => child.out.includes('orders: 127.0.0.1'), 30000)
const tell = async (machine, ...words) => (await run(bin('bijli-standby'), ['--tell', machine.runDir, ...words])).stdout.trim()
const whole = (text) => text.startsWith('ok following') && !text.includes('behind')
const following = (machine) => until('a standby that follows and lacks nothing', async () => whole(await tell(machine, 'status')), 30000)

// The last event that readers of the event log are shown (dataplane/market/bj_evlog.c: head_t).
const published = (machine) => readFileSync(join(machine.dir, 'data', 'events', 'head')).readBigUInt64LE(128)

async function replay(machine) {
  const { stdout } = await run(bin('bijli-journal'), ['replay', machine.journal])
  return Object.fromEntries(stdout.trim().split('\n').map((line) => line.split(' ')))
}
async function dump(machine) {
  const { stdout } = await run(bin('bijli-journal'), ['dump', machine.journal], { maxBuffer: 1 << 28 })
  return stdout.trim().split('\n')
}
// What the desk wrote down, one acknowledged report a line.
const acknowledged = (log) => readFileSync(log, 'utf8').split('\n').filter((line) => line.includes('order_id='))
  .map((line) => Object.fromEntries(line.split(/\s+/).filter((word) => word.includes('=')).map((word) => word.split('='))))
const written = (log) => (existsSync(log) ? statSync(log).size : 0)
const stream = (machine, log, count) => startOn(machine, 'bijli-desk',
  ['--session', 'desk', 'stream', '--rate', String(RATE), '--count', String(count), '--log', log])

// Reports without a hole or a double; each accepted order once, and no other, in the journal of who took over.
async function nothingLost(log, machine) {
  const reports = acknowledged(log)
  reports.forEach((row, i) => assert.equal(Number(row.report), Number(reports[0].report) + i, 'reports have a hole'))
  assert.equal(new Set(reports.map((row) => row.event)).size, reports.length, 'an event was reported twice')
  const seen = new Map()
  for (const line of await dump(machine)) {
    const order = / new order .*client (\d+)/.exec(line)
    if (order) seen.set(order[1], (seen.get(order[1]) ?? 0) + 1)
  }
  const accepted = reports.filter((row) => row.type === 'a').map((row) => row.client_order_id)
  assert.ok(accepted.length > RATE, `${accepted.length} accepted orders`)
  const lost = accepted.filter((id) => !seen.has(id))
  assert.deepEqual(lost, [], `${lost.length} acknowledged orders are not in the journal`)
  assert.deepEqual([...seen].filter(([, cnt]) => cnt > 1), [], 'an order is there twice')
}

test('kill -9 of the primary under policy replica: the standby takes over and nothing acknowledged is lost', { timeout: 120000 }, async () => {
  const { place, a, b } = await makePair('replica', 'stop')
  const log = join(place, 'acknowledged')
  const primary = startOn(a, 'bijli-dataplane')
  await until('a primary that waits', () => status(a, 'dataplane').text.startsWith('waits for a standby'), 20000)
  assert.ok(!primary.out.includes('orders: 127.0.0.1'), 'it let clients in before a standby was there')
  const standby = startOn(b, 'bijli-standby')
  await opened(primary)
  const count = RATE * 12
  const desk = stream(a, log, count)
  await until('some thousand reports', () => written(log) > 200000, 30000)
  await until('equal digests', () => figure(b, 'standby', 'digests_equal') > 5, 20000)
  primary.kill('SIGKILL')
  await primary.ended
  await until('a standby alone', async () => (await tell(b, 'status')).includes('not reached'), 10000)
  assert.match(await tell(b, 'take-over'), /^ok taking over at sequence \d+, the primary is not reached$/)
  assert.equal(await standby.ended, 0, standby.out)
  const [, sequence, hash] = /took over at sequence (\d+), .*state hash ([0-9a-f]{16})/.exec(standby.out)
  // What the standby has is the beginning of what the primary had, to the byte that is printed.
  const [before, taken] = [await dump(a), await dump(b)]
  assert.equal(taken.length, Number(sequence))
  assert.deepEqual(before.slice(0, taken.length), taken)
  // A snapshot of the standby's journal is as good as one of the primary's.
  await run(bin('bijli-journal'), ['snapshot', b.journal])
  const next = startOn(b, 'bijli-dataplane')
  await until('the state it starts with', () => existsSync(join(b.runDir, 'dataplane.recovery.json')), 20000)
  const recovered = JSON.parse(readFileSync(join(b.runDir, 'dataplane.recovery.json'), 'utf8'))
  assert.equal(recovered.state_hash, hash)
  // All but the journal's last group, which nothing behind it proves yet.
  assert.ok(recovered.snapshot > 0 && recovered.snapshot < Number(sequence), `snapshot ${recovered.snapshot}`)
  // It is a primary under `replica` now: nobody is let in until it has a standby, too.
  await until('a primary that waits', () => status(b, 'dataplane').text.startsWith('waits for a standby'), 20000)
  rmSync(join(a.dir, 'data'), { recursive: true }) // its tail may have gone another way
  const second = startOn(a, 'bijli-standby')
  await opened(next)
  assert.equal(await desk.ended, 0, desk.out)
  await nothingLost(log, b)
  // At rest the state itself is compared.
  await until('an equal state hash', () => figure(a, 'standby', 'state_hashes_equal') > 0, 20000)
  next.kill('SIGTERM')
  assert.equal(await next.ended, 0, next.out)
  second.kill('SIGTERM')
  assert.equal(await second.ended, 0, second.out)
  assert.deepEqual(await replay(a), await replay(b))
})

test('a primary that is told to stop hands everything over, and follows afterwards', { timeout: 120000 }, async () => {
  const { place, a, b } = await makePair('replica+disk', 'disk')
  const log = join(place, 'acknowledged')
  const primary = startOn(a, 'bijli-dataplane')
  await opened(primary)
  const standby = startOn(b, 'bijli-standby')
  await following(b)
  const desk = stream(a, log, RATE * 8)
  await until('some thousand reports', () => written(log) > 200000, 30000)
  assert.match(await tell(b, 'take-over'), /the primary is told to stop$/)
  assert.equal(await standby.ended, 0, standby.out)
  assert.match(standby.out, /the old primary has stopped/)
  await until('a fenced primary', () => status(a, 'dataplane').text.startsWith('fenced'), 10000)
  assert.deepEqual(await replay(a), await replay(b), 'not all of it came over')
  primary.kill('SIGTERM')
  assert.equal(await primary.ended, 0, primary.out)
  const next = startOn(b, 'bijli-dataplane')
  await opened(next)
  const again = startOn(a, 'bijli-dataplane')
  assert.equal(await again.ended, 1, 'a fenced primary started again')
  assert.match(again.out, /is a standby's data, epoch 2/)
  // Its journal ends where the other goes on: it follows with it.
  const back = startOn(a, 'bijli-standby')
  await following(a)
  assert.equal(await desk.ended, 0, desk.out)
  await nothingLost(log, b)
  await until('an equal state hash', () => figure(a, 'standby', 'state_hashes_equal') > 0, 20000)
  for (const child of [next, back]) child.kill('SIGTERM')
  await Promise.all([next.ended, back.ended])
  assert.deepEqual(await replay(a), await replay(b))
})

test('a dead primary that comes back is fenced by who took over', { timeout: 60000 }, async () => {
  const { a, b } = await makePair('disk', 'disk')
  const primary = startOn(a, 'bijli-dataplane')
  await opened(primary)
  const standby = startOn(b, 'bijli-standby')
  await following(b)
  primary.kill('SIGKILL')
  await primary.ended
  await until('a standby alone', async () => (await tell(b, 'status')).includes('not reached'), 10000)
  await tell(b, 'take-over')
  assert.equal(await standby.ended, 0, standby.out)
  const fence = spawn(bin('bijli-standby'), ['--fence', b.file])
  running.add(fence)
  const fenced = new Promise((resolve) => fence.on('exit', (code) => { running.delete(fence); resolve(code) }))
  const again = startOn(a, 'bijli-dataplane') // as its supervisor would
  assert.equal(await fenced, 0)
  await until('a fenced primary', () => status(a, 'dataplane').text.startsWith('fenced'), 10000)
  assert.equal(JSON.parse(readFileSync(join(a.dir, 'data', 'replica.json'), 'utf8')).epoch, 2)
  again.kill('SIGTERM')
  await again.ended
  assert.equal(await startOn(a, 'bijli-dataplane').ended, 1)
})

test('without a standby: `stop` acknowledges nothing, `disk` goes on by the disk, and both say so', { timeout: 120000 }, async () => {
  for (const lost of ['stop', 'disk']) {
    const { place, a, b } = await makePair('replica', lost)
    const log = join(place, 'acknowledged')
    let primary = startOn(a, 'bijli-dataplane')
    let standby = startOn(b, 'bijli-standby')
    await opened(primary)
    await following(b)
    const desk = stream(a, log, RATE * 7)
    await until('reports', () => written(log) > 50000, 30000)
    standby.kill('SIGKILL')
    await standby.ended
    await until('a lost standby', () => figure(a, 'dataplane', 'replica_lost') === 1, 10000)
    assert.equal(status(a, 'dataplane').state, 'degraded')
    assert.match(status(a, 'dataplane').text, lost === 'stop' ? /nothing is acknowledged$/ : /by this machine alone$/)
    assert.match(primary.out, /the standby is lost/)
    const size = written(log)
    await sleep(1500)
    if (lost === 'stop') assert.equal(written(log), size, 'something was acknowledged that no standby has')
    else assert.ok(written(log) > size, 'nothing was acknowledged')
    if (lost === 'stop') { // nor does a restart show the relay what clients were not told
      const shown = published(a)
      primary.kill('SIGKILL')
      await primary.ended
      primary = startOn(a, 'bijli-dataplane')
      await until('a primary that waits', () => status(a, 'dataplane').text.startsWith('waits for a standby'), 20000)
      assert.ok(published(a) <= shown, `${published(a)} events are shown, ${shown} were before`)
    }
    standby = startOn(b, 'bijli-standby')
    assert.equal(await desk.ended, 0, desk.out)
    await until('a standby again', () => figure(a, 'dataplane', 'replica_lost') === 0, 10000)
    await until('an equal state hash', () => figure(b, 'standby', 'state_hashes_equal') > 0, 20000)
    await nothingLost(log, a)
    primary.kill('SIGTERM')
    await primary.ended
    standby.kill('SIGTERM')
    await standby.ended
    assert.deepEqual(await replay(b), await replay(a))
  }
})
