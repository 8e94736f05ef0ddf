// kill -9 of the dataplane in the middle of a stream of orders, KILLS times (3).  Every acknowledged order must be
// there afterwards, and a replay of the journal from the empty state must give the state that the dataplane has.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { bin, config, isUp, kill9, pidOf, runDir, sleep, sql, start, sv, until } from './world.mjs'

const run = promisify(execFile)
const KILLS = Number(process.env.KILLS ?? 3)
const RATE = 200
const RECORD_BYTES = 128
const HEADER_BYTES = 4096
const place = mkdtempSync(join(tmpdir(), 'bijli-crash.'))
const log = join(place, 'acknowledged')
const recoveryFile = `${runDir}/dataplane.recovery.json`
const journalDir = `${config.data_dir}/journal`

after(() => {
  sv('up', 'dataplane')
  rmSync(place, { recursive: true })
})

// What the desk wrote down, one acknowledged report a line, as name=value words.
function acknowledged() {
  return readFileSync(log, 'utf8').split('\n').filter((line) => line.includes('order_id='))
    .map((line) => Object.fromEntries(line.split(/\s+/).filter((word) => word.includes('=')).map((word) => word.split('='))))
}
async function replay(dir) {
  const { stdout } = await run(bin('bijli-journal'), ['replay', dir])
  const [, hash] = /state_hash (?:0x)?([0-9a-f]+)/i.exec(stdout) ?? assert.fail(`no state_hash in: ${stdout}`)
  return hash.padStart(16, '0')
}
const recovery = () => JSON.parse(readFileSync(recoveryFile, 'utf8'))
function copyJournal(name) {
  const dir = join(place, name)
  cpSync(journalDir, dir, { recursive: true })
  return dir
}
// The last file and the place of its last record that is not zeros.
function lastRecord(dir) {
  const name = readdirSync(dir).filter((file) => file.endsWith('.bjj')).sort().pop()
  const file = join(dir, name)
  const bytes = readFileSync(file)
  let at = HEADER_BYTES
  while (at + RECORD_BYTES <= bytes.length && !bytes.subarray(at, at + RECORD_BYTES).equals(Buffer.alloc(RECORD_BYTES))) at += RECORD_BYTES
  return { file, bytes, at: at - RECORD_BYTES }
}

test('acknowledged orders survive, whatever is killed when', { timeout: 120000 + KILLS * 20000 }, async () => {
  const count = RATE * (10 + KILLS * 4)
  const desk = start('bijli-desk', ['--session', 'desk', 'stream', '--rate', String(RATE), '--count', String(count), '--log', log])
  await until('the first acknowledged orders', () => existsSync(log) && statSync(log).size > 2000, 30000)
  for (let i = 0; i < KILLS; i++) {
    await sleep(500 + ((i * 773) % 2000))
    const pid = kill9('dataplane')
    await until('another dataplane', () => pidOf('dataplane') > 0 && pidOf('dataplane') !== pid && isUp('dataplane'), 30000)
  }
  assert.equal(await desk.ended, 0, desk.out)
  const reports = acknowledged()
  // A request refused as a whole has no order.
  const orders = new Set(reports.map((row) => row.order_id).filter((id) => id !== '0'))
  const trades = new Set(reports.filter((row) => row.type === 't').map((row) => row.event))
  assert.ok(orders.size > count / 20, `${orders.size} orders of ${count} requests`)
  assert.equal(new Set(reports.map((row) => row.event)).size, reports.length, 'an event was reported twice')
  reports.forEach((row, i) => assert.equal(Number(row.report), Number(reports[0].report) + i, 'reports have a hole'))
  await allThere('orders', orders, () => sql('SELECT order_id FROM orders WHERE account_id = 901'))
  await allThere('trades', trades, () => sql('SELECT event_seq FROM trades WHERE account_id = 901'))
})

// The relay follows within a moment; what is missing after that is lost.
async function allThere(what, wanted, rows) {
  await until(`the acknowledged ${what} in the database`, async () => {
    const there = new Set((await rows()).map(([id]) => id))
    const lost = [...wanted].filter((id) => !there.has(id))
    if (lost.length > 0) throw new Error(`${lost.length} of ${wanted.size} are not there, first ${lost[0]}`)
    return true
  }, 60000)
}

test('a replay from the empty state gives the state of the dataplane', { timeout: 120000 }, async () => {
  const before = existsSync(recoveryFile) ? statSync(recoveryFile).mtimeMs : 0
  sv('once', 'dataplane')
  kill9('dataplane')
  await until('the dataplane to be down', () => pidOfOrNone() === 0, 10000)
  const copy = copyJournal('whole')
  sv('up', 'dataplane')
  await until('a recovery', () => existsSync(recoveryFile) && statSync(recoveryFile).mtimeMs > before && recovery(), 60000)
  const hash = await replay(copy)
  assert.equal(recovery().state_hash.replace(/^0x/, '').padStart(16, '0'), hash)

  // The same comparison must see a journal that lacks its last command.
  const cut = copyJournalFrom(copy, 'cut')
  const { file, bytes, at } = lastRecord(cut)
  bytes.fill(0, at, at + RECORD_BYTES)
  writeFileSync(file, bytes)
  assert.notEqual(await replay(cut), hash, 'a journal without its last command was not noticed')

  // And one with a bad byte in the middle is refused.
  const bad = copyJournalFrom(copy, 'bad')
  const middle = lastRecord(bad)
  middle.bytes[HEADER_BYTES + RECORD_BYTES * Math.floor((middle.at - HEADER_BYTES) / RECORD_BYTES / 2) + 40] ^= 1
  writeFileSync(middle.file, middle.bytes)
  await assert.rejects(run(bin('bijli-journal'), ['verify', bad]), 'a flipped bit was not noticed')
  await until('the dataplane to be well', () => isUp('dataplane'), 30000)
})

function pidOfOrNone() {
  try { return pidOf('dataplane') } catch { return 0 }
}
function copyJournalFrom(dir, name) {
  const to = join(place, name)
  cpSync(dir, to, { recursive: true })
  return to
}

test('matches have two sides and positions are their sums after all this', async () => {
  const odd = await until('the database to be even', async () => {
    const rows = await sql('SELECT match_id, token FROM trades GROUP BY 1, 2 HAVING count(*) <> 2')
    return rows.length === 0 && [[]]
  }, 30000)
  assert.deepEqual(odd, [[]])
})

test('the audit log is whole after each kill', async () => {
  const { stdout } = await run(bin('bijli-audit'), ['--config', process.env.BIJLI_CONFIG, '--json', 'verify'])
  const files = stdout.trim().split('\n').map((line) => JSON.parse(line))
  assert.ok(files.length > 1, 'a file for each start that came to trade')
  assert.deepEqual(files.filter((file) => !file.verdict.startsWith('good')), [])
  assert.ok(files.reduce((sum, file) => sum + Number(file.records), 0) > 100)
})
