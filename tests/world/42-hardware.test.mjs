// The book in hardware beside the C book (make run BOOK=sim): the design, simulated, is loaded from the C book, answers
// as it does, is found out when it does not, and nothing that befalls it stands in the feed's way.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { bin, config, ctl, demo, health, kill9, pidOf, runDir, sleep, sv, until } from './world.mjs'

const tell = (...words) => execFileSync(bin('bijli-cardsim'), ['--config', process.env.BIJLI_CONFIG, '--tell', ...words], { encoding: 'utf8' }).trim()
const exchange = (...words) => execFileSync(bin('bijli-exchange'), ['--tell', runDir, ...words], { encoding: 'utf8' })
const rows = readFileSync(config.universe_csv, 'utf8').split('\n').filter((line) => line && !line.startsWith('#')).map((line) => line.split(','))
const streamAt = rows[0].indexOf('stream')
const symbols = rows.slice(1).filter((row) => row[streamAt] === String(config.book.stream)).map((row) => row[0])

let client
before(async () => {
  assert.equal(config.book.backend, 'hardware', 'this world was started without BOOK=sim')
  client = await demo('client')
})

async function card() {
  const { code, out, err } = await ctl('hardware', '--json')
  assert.ok(code === 0 || code === 1, err)
  return JSON.parse(out)
}
const sum = (voids) => Object.values(voids).reduce((all, n) => all + n, 0)
const exact = (what, ms = 20000) => until(`${what}: all exact`, async () => {
  const now = await card()
  return now.totals.exact === symbols.length && now
}, ms)
async function fresh() {
  const { quotes } = await client.ok('GET', `/market/quotes?symbols=${encodeURIComponent(symbols.join(','))}`)
  return quotes.length === symbols.length && quotes.every((quote) => !quote.stale && quote.bid_paise < quote.ask_paise)
}
// By how much: totals and voids by reason, from one reading to another.
const grew = (was, now, name) => now.totals[name] - was.totals[name]
const voids = (was, now, reason) => (now.voids[reason] ?? 0) - (was.voids[reason] ?? 0)

test('every instrument of the stream is loaded, and answers as the C book does, in the same clocks', async () => {
  const was = await exact('after the start')
  assert.deepEqual(was.tokens.map((token) => token.symbol).sort(), [...symbols].sort())
  await sleep(3000)
  const now = await card()
  assert.ok(grew(was, now, 'compared') > 50, JSON.stringify(now.totals))
  assert.equal(now.totals.equal, now.totals.compared)
  assert.equal(now.totals.different, 0)
  for (const token of now.tokens) assert.equal(token.different, 0)
  const { top_clocks_min, top_clocks_max, deep_clocks_min, deep_clocks_max } = now.totals
  assert.deepEqual([top_clocks_min, top_clocks_max, deep_clocks_min, deep_clocks_max], [3, 3, 8, 8])
  assert.ok(now.feed.wire_frames > was.feed.wire_frames)
  assert.ok(now.counters.DUP > 0, 'the second source is heard too')
})

test('rows wait for the card, and readers see them fresh', async () => {
  const was = await card()
  await until('quotes', fresh)
  await sleep(2500)
  const now = await card()
  assert.ok(now.feed.rows_served - was.feed.rows_served > 20, JSON.stringify(now.feed))
})

test('status and screen say so', async () => {
  assert.match((await ctl('status')).out, /^book +up +hardware: 12 of 12 exact/m)
  const { code, out } = await ctl('hardware')
  assert.equal(code, 0)
  assert.match(out, /^Card +ready; 12 of 12 instruments exact; CM stream 1$/m)
  assert.match(out, /^Clocks +last beat to top of book 3 to 3, to depth 8 to 8$/m)
  for (const line of out.split('\n')) assert.ok(line.length <= 80, line)
  assert.equal(health('cardsim').state, 'up')
})

test('frames that the card misses: void, said, loaded anew, and never a wrong answer', async () => {
  const was = await exact('before')
  assert.equal(tell('drop', '60'), 'ok')
  const now = await until('voids by a gap', async () => {
    const read = await card()
    return voids(was, read, 'gap') > 0 && read
  })
  assert.equal(now.totals.different, 0)
  await until('quotes', fresh, 5000)
  const after = await exact('after the gap')
  assert.ok(grew(was, after, 'loads') >= voids(was, after, 'gap'))
  assert.equal(after.totals.different, 0)
})

test('a stream that begins again empties both, and both come back', async () => {
  const was = await exact('before')
  exchange('switch', `CM:${config.book.stream}`, 'full')
  await until('the stream to begin again', async () => voids(was, await card(), 'cleared') >= symbols.length)
  const now = await exact('after the switch')
  assert.equal(now.totals.different, 0)
  await sleep(1500)
  assert.ok(grew(now, await card(), 'compared') > 20)
})

test('a card that is killed: the C book serves all and says so; a new one is loaded', async () => {
  const was = await exact('before')
  kill9('cardsim')
  sv('down', 'cardsim')
  await until('the card to be missed', () => /no card answers; the C book serves all/.test(health('book').text))
  assert.equal(health('book').state, 'degraded')
  assert.equal(health('dataplane').state, 'up')
  const gone = await card()
  assert.equal(gone.totals.exact, 0)
  assert.ok(voids(was, gone, 'card') > 0)
  assert.match((await ctl('hardware')).out, /^Card +no card answers; 0 of 12/m)
  await until('quotes without the card', fresh, 5000)
  sv('up', 'cardsim')
  const back = await exact('with a new card')
  assert.ok(back.totals.boots > was.totals.boots && back.totals.different === 0)
  await until('the book up', () => health('book').state === 'up')
})

test('a card that stands still while the stream begins again begins anew itself', async () => {
  const was = await exact('before')
  const pid = pidOf('cardsim')
  process.kill(pid, 'SIGSTOP')
  try {
    await until('the card to be missed', () => health('book').state === 'degraded')
    exchange('switch', `CM:${config.book.stream}`, 'full')
    await sleep(1000)
    await until('quotes without the card', fresh, 5000)
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  const back = await exact('begun anew')
  assert.match(readFileSync(`${runDir}/../log/cardsim/current`, 'utf8'), /the design begins anew/)
  assert.ok(back.totals.boots > was.totals.boots && back.totals.different === 0)
  await until('the book up', () => health('book').state === 'up')
})

// Last: for ten minutes the status says that a card has differed.
test('a seeded fault in the design is found, the instrument is void, and a person is told', async () => {
  const was = await exact('before')
  assert.equal(tell('fault', '5'), 'ok') // a level next to another counts as better
  await until('a difference', async () => (await card()).totals.different > 0)
  assert.equal(tell('fault', '0'), 'ok')
  const now = await card()
  assert.ok(voids(was, now, 'differs') > 0 && now.differed)
  assert.equal(now.totals.compared, now.totals.equal + now.totals.different)
  assert.equal((await ctl('hardware')).code, 1)
  await until('status', () => health('book').state === 'degraded' && /differed from the C book/.test(health('book').text))
  await until('quotes', fresh, 5000)
  const after = await exact('after the fault')
  await sleep(1500)
  const later = await card()
  assert.equal(later.totals.different, after.totals.different)
  assert.ok(grew(after, later, 'compared') > 20 && sum(later.voids) >= sum(now.voids))
  assert.match(tell('fault', '0'), /ok/)
})
