// Snapshots while orders stream in and the dataplane is killed; a disk that refuses a write or a sync: nothing
// acknowledged is lost, the process stops acknowledging and says so.
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { bin, config, health, isUp, kill9, pidOf, runDir, sleep, sql, start, sv, until } from './world.mjs'

const run = promisify(execFile)
const RATE = 200
const place = mkdtempSync(join(tmpdir(), 'bijli-journal.'))
chmodSync(place, 0o755) // the dataplane has a library from there
const recoveryFile = `${runDir}/dataplane.recovery.json`
const journalDir = `${config.data_dir}/journal`
const runFile = `${process.env.BIJLI_SV}/dataplane/run`
const runText = readFileSync(runFile, 'utf8')
const log = (name) => readFileSync(join(process.env.BIJLI_VAR, 'log', name, 'current'), 'utf8')

after(() => {
  writeFileSync(runFile, runText)
  sv('up', 'dataplane')
  rmSync(place, { recursive: true })
})

const journal = async (...args) => (await run(bin('bijli-journal'), args)).stdout
const recovery = () => JSON.parse(readFileSync(recoveryFile, 'utf8'))
const snapshots = () => readdirSync(journalDir).filter((name) => name.startsWith('snapshot-')).sort()

function streaming(name) {
  const file = join(place, name)
  const desk = start('bijli-desk', ['--session', 'desk', 'stream', '--rate', String(RATE), '--count', '1000000', '--log', file])
  desk.reports = () => (existsSync(file) ? readFileSync(file, 'utf8') : '').split('\n').filter((line) => line.includes('order_id='))
    .map((line) => Object.fromEntries(line.split(/\s+/).filter((word) => word.includes('=')).map((word) => word.split('='))))
  desk.some = () => until('acknowledged orders', () => existsSync(file) && statSync(file).size > 4000, 30000)
  desk.stop = async () => { desk.kill(); await desk.ended; return desk.reports() }
  return desk
}
async function restarted(act) {
  const before = existsSync(recoveryFile) ? statSync(recoveryFile).mtimeMs : 0
  await act()
  await until('a recovery', () => statSync(recoveryFile).mtimeMs > before && isUp('dataplane'), 60000)
  return recovery()
}
// The reports of one stream: no hole, none twice, and every order and trade of them in the database, once.
async function allKept(reports) {
  reports.forEach((row, i) => assert.equal(Number(row.report), Number(reports[0].report) + i, 'reports have a hole'))
  const orders = [...new Set(reports.map((row) => row.order_id).filter((id) => id !== '0'))]
  const trades = [...new Set(reports.filter((row) => row.type === 't').map((row) => row.event))]
  assert.ok(orders.length > 10, `${orders.length} orders`)
  await until('the acknowledged orders and trades in the database', async () => {
    const there = new Set((await sql('SELECT order_id FROM orders WHERE account_id = 901')).map(([id]) => id))
    const done = new Set((await sql('SELECT event_seq FROM trades WHERE account_id = 901')).map(([id]) => id))
    const lost = orders.filter((id) => !there.has(id)).length + trades.filter((id) => !done.has(id)).length
    if (lost) throw new Error(`${lost} are not there`)
    return true
  }, 60000)
}

test('a snapshot is made while orders stream in, and the next start begins there', { timeout: 180000 }, async () => {
  assert.ok(isUp('snapshot'), health('snapshot').text)
  const desk = streaming('snapshot')
  await desk.some()
  assert.match(await journal('snapshot', journalDir), /^snapshot \d+ events \d+ made/)
  await sleep(1000)
  const [made] = snapshots().slice(-1)
  const got = await restarted(() => kill9('dataplane'))
  assert.equal(got.snapshot, Number(made.match(/\d+/)[0]))
  await sleep(1000)
  await allKept(await desk.stop())
  const odd = await sql('SELECT match_id, token FROM trades GROUP BY 1, 2 HAVING count(*) <> 2')
  assert.deepEqual(odd, [], 'the relay skipped or doubled an event')
})

test('the state behind a snapshot is the state of the whole journal', { timeout: 180000 }, async () => {
  sv('once', 'dataplane')
  kill9('dataplane')
  await until('the dataplane to be down', () => { try { return pidOf('dataplane') === 0 } catch { return true } }, 10000)
  cpSync(journalDir, join(place, 'copy'), { recursive: true })
  const got = await restarted(() => sv('up', 'dataplane'))
  assert.ok(got.snapshot > 0)
  assert.match(await journal('replay', join(place, 'copy')), new RegExp(`state_hash 0x${got.state_hash}`))
  assert.match(await journal('replay', '--from-snapshot', join(place, 'copy')), new RegExp(`state_hash 0x${got.state_hash}`))
})

test('a torn snapshot is passed over by name', { timeout: 180000 }, async () => {
  const [newest] = snapshots().slice(-1)
  const seq = Number(newest.match(/\d+/)[0])
  const got = await restarted(() => { truncateSync(join(journalDir, newest), 1000); kill9('dataplane') })
  assert.notEqual(got.snapshot, seq)
  assert.match(log('dataplane'), new RegExp(`snapshot at command ${seq} passed over: it is torn`))
})

for (const kind of ['write', 'sync']) {
  test(`the disk refuses a ${kind}: nothing is acknowledged any more, nothing acknowledged is lost`, { timeout: 180000 }, async () => {
    const flag = join(runDir, 'badwrite.flag') // where the dataplane's sandbox lets it read
    const lib = join(place, 'badwrite.so')
    execFileSync('cc', ['-shared', '-fPIC', '-D_GNU_SOURCE', '-o', lib, new URL('badwrite.c', import.meta.url).pathname, '-ldl'])
    writeFileSync(runFile, runText.replace('exec 2>&1\n', `exec 2>&1\nexport LD_PRELOAD=${lib} BADWRITE_FLAG=${flag}\n`))
    await restarted(() => kill9('dataplane'))
    const desk = streaming(kind)
    await desk.some()
    writeFileSync(flag, kind)
    await until('the dataplane to say it', () => /journal cannot be written/.test(health('dataplane').text), 20000)
    assert.equal(health('dataplane').state, 'degraded')
    assert.match(log('dataplane'), /nothing is acknowledged from here on/)
    await sleep(500)
    const kept = desk.reports().length
    await sleep(1500)
    assert.equal(desk.reports().length, kept, 'something was acknowledged')
    const reports = await desk.stop()
    rmSync(flag)
    writeFileSync(runFile, runText)
    await restarted(() => kill9('dataplane'))
    await allKept(reports)
  })
}
