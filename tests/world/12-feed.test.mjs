// The feed under faults on command: what one source loses the other brings, what both lose the recovery service
// brings, a switch-over is a reset, and the books are whole again each time.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterEach, before, test } from 'node:test'
import { bin, config, demo, health, runDir, sleep, until } from './world.mjs'

const tell = (...words) => execFileSync(bin('bijli-exchange'), ['--tell', runDir, ...words], { encoding: 'utf8' }).trim()
const figure = (name, process = 'dataplane') => health(process).figures[name] ?? 0
const noRecovery = !config.exchange.recovery_port && 'exchange.recovery_port is not set'
const noSnapshot = !config.exchange.snapshot_port && 'exchange.snapshot_port is not set'

// The symbols of a stream of the cash segment, by its number.
const rows = readFileSync(config.universe_csv, 'utf8').split('\n').filter((line) => line && !line.startsWith('#')).map((line) => line.split(','))
const streamAt = rows[0].indexOf('stream')
const symbolsOf = (stream) => rows.slice(1).filter((row) => row[streamAt] === String(stream)).map((row) => row[0])

let client
before(async () => { client = await demo('client') })
afterEach(() => tell('clear'))

async function quotes(symbols) {
  return (await client.ok('GET', `/market/quotes?symbols=${encodeURIComponent(symbols.join(','))}`)).quotes
}
const fresh = (symbols, ms = 40000) => until(`${symbols[0]} and others not stale`, async () =>
  (await quotes(symbols)).every((quote) => !quote.stale && quote.bid_paise < quote.ask_paise), ms)

// grows(names, act): by how much each figure of the dataplane grew over act and the health file's next writes.
async function grows(names, act) {
  await fresh(symbolsOf(1))
  const was = names.map((name) => figure(name))
  await act()
  await sleep(2500)
  return Object.fromEntries(names.map((name, i) => [name, figure(name) - was[i]]))
}

test('a command is answered, a bad one with a sentence', () => {
  assert.match(tell('status'), /^ok CM:1=\d+/)
  const bad = spawnSync(bin('bijli-exchange'), ['--tell', runDir, 'drop', 'c', 'all', 'next', '1'], { encoding: 'utf8' })
  assert.equal(bad.status, 1)
  assert.equal(bad.stdout.trim(), "error: 'c' is not a source: a, b or both")
})

test('duplicates and swaps change nothing', async () => {
  const grew = await grows(['feed_duplicates', 'feed_gaps', 'feed_bad_messages'], async () => {
    tell('duplicate', 'both', 'all', 'permille', '300')
    tell('reorder', 'a', 'all', 'permille', '200', 'depth', '2')
    await sleep(3000)
  })
  assert.ok(grew.feed_duplicates > 0, JSON.stringify(grew))
  assert.equal(grew.feed_gaps, 0, JSON.stringify(grew))
  assert.ok(figure('duplicate_a', 'exchange') > 0 && figure('reorder_a', 'exchange') > 0)
  await fresh(symbolsOf(1), 5000)
})

test('what one source loses, the other brings', async () => {
  for (const source of ['a', 'b']) {
    const grew = await grows(['feed_messages', 'feed_gaps'], async () => {
      tell('drop', source, 'all', 'permille', '300')
      await sleep(3000)
      tell('clear')
    })
    assert.ok(grew.feed_messages > 100, JSON.stringify(grew))
    assert.equal(grew.feed_gaps, 0, `${source}: ${JSON.stringify(grew)}`)
    await fresh(symbolsOf(1), 5000)
  }
})

test('a source goes dark and comes back', async () => {
  const grew = await grows(['feed_messages', 'feed_datagrams_a', 'feed_gaps'], async () => {
    tell('silence', 'b', 'all', 'on')
    await sleep(4000)
    await fresh(symbolsOf(1), 1000)
    tell('silence', 'b', 'all', 'off')
  })
  assert.ok(grew.feed_messages > 100 && grew.feed_datagrams_a > 100, JSON.stringify(grew))
  assert.equal(grew.feed_gaps, 0, JSON.stringify(grew))
  const before = figure('feed_datagrams_b')
  await until('source B to be heard again', () => figure('feed_datagrams_b') > before)
})

test('what both lose comes from the recovery service', { skip: noRecovery }, async () => {
  const grew = await grows(['feed_recoveries', 'feed_recovered_messages', 'feed_gaps'], async () => {
    tell('drop', 'both', 'CM:1', 'next', '5')
    await sleep(2000)
  })
  assert.ok(grew.feed_recoveries >= 1, JSON.stringify(grew))
  assert.ok(grew.feed_recovered_messages >= 1, JSON.stringify(grew))
  assert.equal(grew.feed_gaps, 0, JSON.stringify(grew))
  await fresh(symbolsOf(1), 5000)
})

test('after a bare switch-over the snapshot brings the books', { skip: noSnapshot }, async () => {
  const resets = figure('feed_resets')
  const snapshots = figure('feed_snapshots')
  tell('switch', 'CM:2', 'bare')
  await until('the reset', () => figure('feed_resets') > resets)
  await sleep(1500) // orders of the new run show that a picture is of it
  tell('picture', 'CM:2')
  await until('the snapshot', () => figure('feed_snapshots') > snapshots, 60000)
  await fresh(symbolsOf(2))
})

test('after a switch-over with a full book the books are there at once', async () => {
  const resets = figure('feed_resets')
  tell('switch', 'CM:3', 'full')
  await until('the reset', () => figure('feed_resets') > resets)
  await fresh(symbolsOf(3), 10000)
})

test('what is corrupt is counted and ends nothing', async () => {
  const bad = () => figure('feed_bad_messages') + figure('feed_bad_datagrams')
  const was = bad()
  tell('corrupt', 'b', 'CM:5', 'permille', '200')
  await until('corrupt datagrams', () => figure('corrupt_b', 'exchange') > 20 && bad() > was)
  tell('clear')
  // A flipped price, sequence or time may pass for a message's: the stream begins again until all is forgotten; a
  // time up to a minute ahead makes the arbiter take what follows for old copies until then.
  await until('the stream to be whole', async () => {
    tell('switch', 'CM:5', 'full')
    await sleep(3000)
    return (await quotes(symbolsOf(5))).every((quote) => !quote.stale)
  }, 90000)
  assert.equal(health('dataplane').state, 'up')
})
