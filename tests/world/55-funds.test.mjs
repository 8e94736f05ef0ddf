// A client's money (docs/funds.md): a bank account that staff confirms, money in by two people, and a payout: with a fresh
// proof, once for one id, never more than is free, sent by staff or returned, and the ledger beside it.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { openPage, screens } from './browser.mjs'
import { addUser, bin, config, ctl, demo, latest, origin, redis, sleep, sql, universe, until } from './world.mjs'

const BALANCE = 50_000_000 // paise: 5 lakh
let client
let admin
let compliance
const utr = () => `TEST${randomBytes(6).toString('hex').toUpperCase()}`
const account = () => `7${String(randomInt(1e12)).padStart(12, '0')}`
const wants = (answer, status, field) => assert.deepEqual([answer.status, answer.body?.error.field], [status, field], answer.text)
const funds = async (who = client) => (await who.ok('GET', '/funds')).funds
const ask = (id, amount_paise, who = client) => who.request('POST', '/funds/payouts', { id, amount_paise })

// The session's last proof is an hour old, in the record and in every copy.
async function ageProof(who) {
  const hash = createHash('sha256').update(who.cookie.split('=')[1]).digest('hex')
  assert.deepEqual(await sql(`WITH entry AS (SELECT audit_append('setup', 'none', 'test.age', 'session:x', 'done', NULL, NULL,
    NULL, 'local', NULL)) UPDATE sessions SET proved_at = now() - interval '1 hour' FROM entry
    WHERE token_hash = '\\x${hash}'`), [['UPDATE 1']])
  await redis('del', `session:${hash}`)
  await sleep(1100) // the server's own copy
}

before(async () => {
  client = await addUser('client')
  admin = await demo('admin')
  compliance = await demo('compliance')
  client.number = account()
  execFileSync(bin('bijli-control'), ['--config', process.env.BIJLI_CONFIG, '--add-funds', client.email, client.number,
    'DEMO0000001', String(BALANCE)], { stdio: 'pipe' })
})

test('the demo has money; a bank account shows four digits', async () => {
  const trader = await demo('client')
  assert.ok((await funds(trader)).balance_paise > 0)
  const { banks, limits } = await client.ok('GET', '/funds')
  assert.deepEqual(banks.map(({ number, ifsc, primary, state }) => [number, ifsc, primary, state]),
    [[`*********${client.number.slice(-4)}`, 'DEMO0000001', true, 'ready']])
  assert.equal(limits.new_bank_hours, config.payouts.new_bank_hours)
  assert.deepEqual(await funds(), { balance_paise: BALANCE, held_paise: 0, trades_paise: 0, orders_paise: 0, free_paise: BALANCE })
  const [[clear]] = await sql(`SELECT count(*) FROM bank_accounts b WHERE b::text LIKE '%${client.number}%'`)
  assert.equal(clear, '0')
})

test('a payout: without a fresh proof refused; a double click is one; too much is refused by the field', async () => {
  const id = randomUUID()
  await ageProof(client)
  assert.equal((await ask(id, 10_000)).body.error.code, 'step_up_required')
  assert.equal((await client.request('POST', '/funds/banks', { number: account(), ifsc: 'DEMO0000001' })).body.error.code, 'step_up_required')
  await client.ok('POST', '/auth/prove', { password: client.password })
  wants(await ask(id, BALANCE + 1), 409, 'amount_paise')
  wants(await ask(id, 99), 400, 'amount_paise')
  wants(await ask('mine', 10_000), 400, 'id')
  const answers = await Promise.all([ask(id, 1_000_000), ask(id, 1_000_000), ask(id, 1_000_000)])
  assert.deepEqual(answers.map(({ status, body }) => [status, body.payout?.id, body.payout?.state]), Array(3).fill([201, id, 'pending']))
  wants(await ask(id, 1_000_001), 409, 'id')
  assert.equal((await client.ok('GET', '/funds/payouts')).payouts.length, 1)
  assert.deepEqual(await funds(), { balance_paise: BALANCE, held_paise: 1_000_000, trades_paise: 0, orders_paise: 0, free_paise: BALANCE - 1_000_000 })
  wants(await ask(randomUUID(), BALANCE - 999_999), 409, 'amount_paise')
  await until('the mail', async () => (await latest(client.email))?.text.includes('INR 10000.00'))

  // Staff takes it, pays it and says so: once, by the bank's reference.  The first money to a bank account takes two.
  const [row] = (await admin.ok('GET', `/admin/payouts?user_id=${client.user.id}`)).payouts
  assert.deepEqual([row.id, row.two_people, row.user_id], [id, true, client.user.id])
  wants(await admin.request('POST', `/admin/payouts/${id}/send`, { utr: 'small' }), 400, 'utr')
  const token = await ctl('payout', 'approve', id)
  assert.notEqual(token.code, 0, 'the machine\'s token is none of two people') // the demo has enough of them
  await compliance.ok('POST', `/admin/payouts/${id}/approve`)
  assert.equal((await admin.request('POST', `/admin/payouts/${id}/send`, { utr: utr() })).status, 409)
  const reveal = (who) => who.request('POST', `/admin/banks/${row.bank_id}/reveal`, { reason: 'to pay' })
  assert.equal((await reveal(admin)).status, 403)
  assert.equal((await admin.ok('POST', `/admin/payouts/${id}/take`)).payout.taken_by, `user:${admin.user.id}`)
  assert.deepEqual([(await reveal(admin)).body.number, (await reveal(compliance)).status], [client.number, 403])
  // It may be paid by now: nobody else has it, and nobody takes it back.
  assert.equal((await client.request('DELETE', `/funds/payouts/${id}`)).status, 409)
  assert.ok((await client.ok('GET', '/funds/payouts')).payouts[0].taken)
  assert.equal((await compliance.request('POST', `/admin/payouts/${id}/take`)).status, 409)
  assert.equal((await compliance.request('POST', `/admin/payouts/${id}/send`, { utr: utr() })).status, 409)
  assert.equal((await admin.ok('POST', `/admin/payouts/${id}/send`, { utr: utr() })).payout.state, 'sent')
  assert.equal((await admin.request('POST', `/admin/payouts/${id}/send`, { utr: utr() })).status, 409)
  assert.equal((await client.request('DELETE', `/funds/payouts/${id}`)).status, 409)
  assert.deepEqual([(await funds()).balance_paise, (await funds()).held_paise], [BALANCE - 1_000_000, 0])
  const { lines } = await client.ok('GET', '/funds/ledger')
  assert.deepEqual(lines.map(({ what, state, amount_paise }) => [what, state, amount_paise]),
    [['payout', 'posted', -1_000_000], ['receipt', 'posted', BALANCE]])
  const [sent] = (await client.ok('GET', '/funds/payouts')).payouts
  assert.ok(sent.utr.startsWith('TEST') && !('ended_by' in sent), 'a client is not told who of staff it was')
  const [entry] = (await admin.ok('GET', '/admin/audit?act=payout.send&limit=1')).entries
  assert.deepEqual([entry.actor, entry.subject], [`user:${admin.user.id}`, `user:${client.user.id}`])
  assert.deepEqual([JSON.parse(entry.before).state, JSON.parse(entry.after).state], ['pending', 'sent'])
})

test('a large one needs two people; one that is cancelled or returned is free again', async () => {
  const [large, back, mine] = [randomUUID(), randomUUID(), randomUUID()]
  assert.equal((await ask(large, 20_000_100)).status, 201)
  assert.equal((await admin.request('POST', `/admin/payouts/${large}/take`)).status, 409)
  await admin.ok('POST', `/admin/payouts/${large}/approve`)
  assert.equal((await admin.request('POST', `/admin/payouts/${large}/take`)).status, 403)
  await compliance.ok('POST', `/admin/payouts/${large}/take`)
  assert.equal((await compliance.ok('POST', `/admin/payouts/${large}/send`, { utr: utr() })).payout.approved_by, `user:${admin.user.id}`)
  const { free_paise } = await funds()
  // What was asked for today counts: a large one is not made one person's in pieces.
  for (const id of [back, mine]) assert.equal((await ask(id, 500)).status, 201)
  assert.ok((await admin.ok('GET', `/admin/payouts?user_id=${client.user.id}`)).payouts.every(({ two_people }) => two_people))
  await client.ok('DELETE', `/funds/payouts/${mine}`)
  const told = await ctl('payout', 'return', back, '--reason', 'the bank does not take it', '--json')
  assert.equal(told.code, 0, told.err)
  const { payouts } = await client.ok('GET', '/funds/payouts')
  assert.deepEqual(payouts.map(({ state }) => state).sort(), ['cancelled', 'returned', 'sent', 'sent'])
  assert.equal(payouts.find(({ id }) => id === back).reason, 'the bank does not take it')
  assert.equal((await funds()).free_paise, free_paise)
})

test('an open purchase blocks what it may cost; another person\'s payout is not there', async () => {
  const { symbol, tick } = universe[5]
  const { instruments } = await client.ok('GET', '/instruments')
  const { band_lo_paise } = instruments.find((row) => row.symbol === symbol)
  const price_paise = Math.ceil(band_lo_paise / tick) * tick
  const { order } = await client.ok('POST', '/orders', { symbol, side: 'BUY', type: 'LIMIT', tif: 'DAY', qty: 10, price_paise })
  const { orders_paise, free_paise, balance_paise } = await funds()
  assert.deepEqual([orders_paise, free_paise], [10 * price_paise, balance_paise - 10 * price_paise])
  wants(await ask(randomUUID(), balance_paise), 409, 'amount_paise')
  await client.ok('DELETE', `/orders/${order.order_id}`)
  assert.equal((await funds()).orders_paise, 0)
  const other = await addUser('client')
  const id = randomUUID()
  await ask(id, 500)
  assert.equal((await other.request('DELETE', `/funds/payouts/${id}`)).status, 404)
  wants(await ask(id, 500, other), 409, 'bank')
  assert.deepEqual([(await other.ok('GET', '/funds/payouts')).payouts, (await other.ok('GET', '/funds/ledger')).lines], [[], []])
})

test('another bank account waits; staff confirms it, and money that came from it is two people\'s', async () => {
  wants(await client.request('POST', '/funds/banks', { number: '12-34', ifsc: 'DEMO0000001' }), 400, 'number')
  wants(await client.request('POST', '/funds/banks', { number: account(), ifsc: 'DEMO1000001' }), 400, 'ifsc')
  const { banks } = await client.ok('POST', '/funds/banks', { number: account(), ifsc: 'demo0000002' })
  const { id } = banks.find(({ primary }) => !primary)
  const receipt = { id: randomUUID(), bank_id: id, amount_paise: 12_300, utr: utr(), paid_on: '2026-01-05' }
  wants(await admin.request('POST', '/admin/receipts', receipt), 409, 'bank_id')
  const listed = await ctl('bank', 'list')
  assert.ok(listed.out.includes(id), listed.out + listed.err)
  await admin.ok('POST', `/admin/banks/${id}/confirm`, { reference: 'PENNY1' })
  await admin.ok('POST', '/admin/receipts', receipt)
  wants(await admin.request('POST', '/admin/receipts', { ...receipt, id: randomUUID() }), 409, 'utr')
  assert.equal((await admin.request('POST', `/admin/receipts/${receipt.id}/approve`)).status, 403)
  const { balance_paise } = await funds()
  await compliance.ok('POST', `/admin/receipts/${receipt.id}/approve`)
  assert.equal((await funds()).balance_paise, balance_paise + 12_300)
  const changed = await client.ok('POST', `/funds/banks/${id}/primary`)
  assert.deepEqual(changed.banks.map((bank) => [bank.id === id, bank.primary, bank.state]), [[true, true, 'waiting'], [false, false, 'ready']])
  wants(await ask(randomUUID(), 500), 409, 'bank')
  await until('the mail', async () => (await latest(client.email))?.subject?.includes('another bank account') ||
    (await latest(client.email))?.text.includes('Another bank account'))
  const ledger = await ctl('ledger', 'show', '--json')
  assert.equal(ledger.code, 0, ledger.err)
  assert.equal(JSON.parse(ledger.out).wrong_accounts, 0)
})

test('the page: withdraw after showing who one is; staff sends it', { timeout: 60000 }, async () => {
  const person = await addUser('client', 'Page Client')
  execFileSync(bin('bijli-control'), ['--config', process.env.BIJLI_CONFIG, '--add-funds', person.email, account(),
    'DEMO0000001', String(BALANCE)], { stdio: 'pipe' })
  await person.ok('POST', '/funds/banks', { number: account(), ifsc: 'DEMO0000002' })
  const { page, context, refused } = await openPage()
  const at = (id) => page.getByTestId(id).filter({ visible: true }).first()
  const shot = async (name, widths = [390, 1280]) => {
    for (const width of widths) {
      await page.setViewportSize({ width, height: width === 390 ? 844 : 800 })
      await page.screenshot({ path: join(screens, `funds-${name}-${width}.png`), fullPage: true })
    }
    await page.setViewportSize({ width: 390, height: 844 })
  }
  // As whoever that is, with the session there is.
  const openAs = async ({ cookie }, to, then) => {
    const [name, value] = cookie.split('=')
    await context.addCookies([{ name, value, domain: new URL(origin).hostname, path: '/', secure: true, httpOnly: true }])
    await page.goto(`${origin}${to}`)
    await at(then).waitFor()
  }
  await ageProof(person)
  await openAs(person, '/funds', 'withdraw-open')
  await at('withdraw-open').click()
  await at('withdraw-amount').fill('2,500.50')
  await shot('withdraw', [390])
  await at('withdraw-submit').click()
  await at('proof-password').fill(person.password)
  await at('proof-submit').click()
  await page.locator('[data-testid=payout][data-state=pending]').waitFor()
  // The list and the balance are two answers: either may come first.
  await page.locator(`[data-testid=funds-free][data-paise="${BALANCE - 250_050}"]`).filter({ visible: true }).first().waitFor()
  await shot('page')
  await person.login(person.email, person.password) // the proof has given the page's session another token
  const [payout] = (await person.ok('GET', '/funds/payouts')).payouts
  assert.deepEqual([payout.state, payout.amount_paise], ['pending', 250_050])
  await compliance.ok('POST', `/admin/payouts/${payout.id}/approve`)
  await openAs(admin, '/admin/money', `take-${payout.id}`)
  await at(`take-${payout.id}`).click()
  await at(`send-${payout.id}`).waitFor()
  await shot('staff')
  await at(`send-${payout.id}`).click()
  await at('money-text').fill(utr())
  await at('money-submit').click()
  await page.getByTestId(`send-${payout.id}`).waitFor({ state: 'detached' })
  await at('record-open').click()
  await shot('record', [390])
  assert.equal((await person.ok('GET', '/funds/payouts')).payouts[0].state, 'sent')
  assert.deepEqual(refused, [])
})
