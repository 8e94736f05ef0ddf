// Phone number and e-mail address, with a real browser, real mails and text messages (the sink stands for both providers):
// a sign-up to its end, what a code must not do, changes of both, and the way back for whoever did not make them.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { openPage, screens } from './browser.mjs'
import { addUser, Client, codeTo, confirmation, ctl, latest, newPassword, newPhone, offer, origin, redis,
  register, setPassword, signUp, sleep, sql, universe, until } from './world.mjs'

const SYMBOL = universe[8].symbol
const email = (word) => `${word}${Date.now()}@example.com`
const quietly = (text) => sql(`BEGIN; SET LOCAL session_replication_role = replica; ${text}; COMMIT`)
const mailWith = (to, pattern) => until(`a mail to ${to}`, async () => pattern.exec((await latest(to))?.text ?? ''))
const refusal = ({ status, body }) => `${status} ${body.error.code} ${body.error.field ?? ''}`.trim()
const wrongCode = (code) => String((Number(code) + 1) % 1000000).padStart(6, '0')
let page, refused, asha
const at = (id) => page.getByTestId(id).filter({ visible: true }).first()
const shot = (name) => page.screenshot({ path: join(screens, `contact-${name}.png`), fullPage: true })

before(async () => {
  ;({ page, refused } = await openPage())
})

async function logInPage({ email, password }) {
  await at('login-email').fill(email)
  await at('login-password').fill(password)
  await at('login-submit').click()
}

// Until what is wanted is there: too many come from here, and then one waits.
async function signUpPage(wanted) {
  const tooMany = page.getByText('too many tries')
  for (;;) {
    await at('signup-submit').click()
    await wanted.or(tooMany).first().waitFor()
    if (await wanted.count()) return
    await sleep(6000)
  }
}

// Far from the market: it stays open, and is cancelled.
async function order(client) {
  const { tick } = universe[8]
  const price_paise = Math.round((await offer(client, SYMBOL)) * 0.95 / tick) * tick
  return client.request('POST', '/orders', { symbol: SYMBOL, side: 'BUY', type: 'LIMIT', tif: 'DAY', qty: 1, price_paise })
}

test('a sign-up: the number as one types it, the code, and no order before', async () => {
  const phone = newPhone()
  asha = Object.assign(new Client(), { email: email('asha'), password: newPassword(), phone })
  await page.goto(`${origin}/signup`)
  for (const [key, value] of Object.entries({ name: 'Asha Contact', email: asha.email, password: asha.password, phone: '12345 67890' })) {
    await at(`signup-${key}`).fill(value)
  }
  const wrongNumber = page.getByText('ten digits that begin with 6 to 9')
  await signUpPage(wrongNumber)
  await shot('signup')
  await at('signup-phone').fill(`0${phone.slice(3, 8)} ${phone.slice(8)}`)
  await signUpPage(at('signup-sent'))
  assert.equal(await latest(phone), null) // not before the address is shown to be one's own
  await page.goto((await confirmation(asha.email)).link)
  await at('confirm-done').waitFor()
  await page.goto(`${origin}/login`)
  await logInPage(asha)
  const first = await codeTo(phone)
  assert.equal(await at('verify-to').innerText(), `+91********${phone.slice(-2)}`)
  await at('phone-code').fill(wrongCode(first))
  await at('phone-code-submit').click()
  await page.getByText('this code is wrong').waitFor()
  await shot('verify')

  await asha.login(asha.email, asha.password)
  assert.equal(asha.user.phone_due, true)
  assert.equal(refusal(await order(asha)), '403 phone_unverified')
  assert.equal((await asha.get('/orders')).status, 200)
  const shown = await ctl('user', 'show', asha.user.id)
  assert.match(shown.out, /not verified yet/)

  await at('phone-code-again').click()
  const second = await codeTo(phone, first)
  await at('phone-code').fill(first) // the old one is none any more
  await at('phone-code-submit').click()
  await page.getByText('this code is wrong').waitFor()
  await at('phone-code').fill(`${second.slice(0, 3)} ${second.slice(3)}`)
  await at('phone-code-submit').click()
  await at(`watch-row-${SYMBOL}`).or(page.locator('[data-testid^="watch-row-"]')).first().waitFor()
  assert.equal(await page.getByTestId('phone-due').count(), 0)
  assert.equal(refusal(await asha.request('POST', '/me/contact/phone/confirm', { code: second })), '409 conflict code')

  const placed = await order(asha) // the other session may, too
  assert.equal(placed.status, 201, placed.text)
  await asha.ok('DELETE', `/orders/${placed.body.order.order_id}`)
  assert.equal((await asha.ok('GET', '/me')).user.phone_due, false)
  assert.match((await ctl('user', 'show', asha.user.id)).out, new RegExp(`\\+91\\*{8}${phone.slice(-2)} verified`))
  assert.equal((await asha.ok('POST', '/me/export', { format: 'json' })).export.person.phone, phone)
  const unasked = await addUser('auditor') // by set-up, without a number
  assert.match((await ctl('user', 'show', unasked.user.id)).out, / -$/m)
})

test('a code: too late, too often, and no more of them than a few', async () => {
  const ravi = await signUp('Ravi Codes')
  const next = newPhone()
  assert.equal(refusal(await ravi.request('POST', '/me/contact/phone', { phone: '+91 5876 543210' })), '400 bad_request phone')
  assert.equal(refusal(await ravi.request('POST', '/me/contact/phone', { phone: ravi.phone })), '409 conflict phone')
  assert.equal(refusal(await ravi.request('POST', '/me/contact/phone/code')), '409 conflict code')
  await ravi.ok('POST', '/me/contact/phone', { phone: next })
  const code = await codeTo(next)
  await quietly(`UPDATE contact_changes SET sent_at = now() - interval '11 minutes' WHERE user_id = ${ravi.user.id}`)
  assert.equal(refusal(await ravi.request('POST', '/me/contact/phone/confirm', { code })), '409 conflict code')
  await ravi.ok('POST', '/me/contact/phone/code')
  const fresh = await codeTo(next, code)
  for (let i = 0; i < 5; i++) {
    assert.equal(refusal(await ravi.request('POST', '/me/contact/phone/confirm', { code: wrongCode(fresh) })), '403 wrong_factor code')
  }
  assert.equal(refusal(await ravi.request('POST', '/me/contact/phone/confirm', { code: fresh })), '409 conflict code')
  for (let i = 0; i < 2; i++) await ravi.ok('POST', '/me/contact/phone/code') // the fifth, with that of the sign-up
  const last = await ravi.request('POST', '/me/contact/phone/code')
  assert.equal(refusal(last), '429 too_many phone')
  assert.ok(Number(last.headers.get('retry-after')) > 60)
  await ravi.ok('DELETE', '/me/contact/phone')
  assert.equal((await ravi.ok('GET', '/me/contact')).phone.wait, null)
})

test('whose an address or number is, is said by nothing', async () => {
  const mina = await signUp('Mina Asks')
  const free = { email: email('free'), phone: newPhone() }
  const answers = {}
  for (const kind of ['email', 'phone']) {
    answers.free = await mina.request('POST', `/me/contact/${kind}`, { [kind]: free[kind] })
    answers.taken = await mina.request('POST', `/me/contact/${kind}`, { [kind]: asha[kind] })
    assert.deepEqual([answers.taken.status, answers.taken.text], [answers.free.status, answers.free.text])
    const told = await mailWith(asha[kind], /Somebody, perhaps you, gave this (address|number)/)
    assert.ok(!/\d{6}/.test(told.input))
    assert.equal(refusal(await mina.request('POST', `/me/contact/${kind}/confirm`, { code: '123456' })), '403 wrong_factor code')
  }
  const sent = await register(new Client(), { email: email('again'), password: newPassword(), name: 'A', phone: asha.phone })
  assert.equal(sent.status, 202)
})

test('another address, by the page: a fresh proof, a code, the others out; and a link takes it back', async () => {
  const there = new Client()
  await there.login(asha.email, asha.password)
  await quietly(`UPDATE sessions SET proved_at = 'epoch' WHERE user_id = ${asha.user.id}`)
  await redis('FLUSHALL')
  await sleep(1100) // the server's own copy
  assert.equal(refusal(await asha.request('POST', '/me/contact/email', { email: email('x') })), '403 step_up_required')

  const next = email('next')
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.goto(`${origin}/account/security`)
  await at('email-change').click()
  await at('email-new').fill(next)
  await at('email-new-submit').click()
  await at('proof-password').fill(asha.password)
  await at('proof-submit').click()
  await at('email-wait').waitFor()
  await shot('change')
  await at('email-code').fill(await codeTo(next))
  await at('email-code-submit').click()
  await at('email-now').filter({ hasText: next }).waitFor()
  assert.equal((await there.get('/me')).status, 401)
  assert.equal((await new Client().request('POST', '/auth/login', { email: asha.email, password: asha.password })).status, 401)
  await new Client().login(next, asha.password)

  const [, link] = await mailWith(asha.email, /(https:\/\/\S+\/undo#token=[A-Za-z0-9_-]{43})/)
  // One that waits for its code lies for days, and is counted as what stays under its key.
  const passing = async () => Number(/(\d+) more lie for days only/.exec((await ctl('keys', 'list')).out)[1])
  const before = await passing()
  assert.equal((await ctl('keys', 'rotate', 'contact', '--reason', 'a test')).code, 0)
  assert.ok(await passing() > before)
  // Nobody else gets the old one meanwhile: the mail says that it has an account.
  const thief = { email: asha.email, password: newPassword(), name: 'Thief', phone: newPhone() }
  assert.equal((await register(new Client(), thief)).status, 202)
  await mailWith(asha.email, /has one already/)
  await page.goto(link)
  await at('undo-submit').waitFor()
  assert.ok(!page.url().includes('token'))
  await shot('undo')
  await page.setViewportSize({ width: 390, height: 844 })
  await shot('undo-phone')
  // Somebody got the old one before sql/0027 kept it: said in words, nothing is changed, and the link stays good.
  await quietly(`INSERT INTO users (email_hash, email_sealed, name_sealed, password_hash, confirmed_at) SELECT hash, sealed, sealed,
    '$argon2id$sits', now() FROM contact_undos WHERE user_id = ${asha.user.id} AND ended_at IS NULL`)
  await at('undo-submit').click()
  await page.getByText('another account has your old address or number').waitFor()
  await shot('undo-taken-phone')
  await page.setViewportSize({ width: 1280, height: 800 })
  await shot('undo-taken')
  await new Client().login(next, asha.password)
  await quietly("DELETE FROM users WHERE password_hash = '$argon2id$sits'")
  await at('undo-submit').click()
  await at('undo-done').waitFor()
  await shot('undo-done')
  for (const address of [asha.email, next]) {
    assert.equal((await new Client().request('POST', '/auth/login', { email: address, password: asha.password })).status, 401)
  }
  const token = link.split('=')[1]
  assert.equal(refusal(await new Client().request('POST', '/auth/undo', { token })), '400 bad_request token')
  // The owner of the old address sets another password.
  await new Client().ok('POST', '/auth/forgot', { email: asha.email })
  const [, reset] = await mailWith(asha.email, /\/reset#token=([A-Za-z0-9_-]{43})/)
  asha.password = newPassword()
  assert.equal((await setPassword({ token: reset, password: asha.password, phone: asha.phone })).status, 200)
  await asha.login(asha.email, asha.password)
})

test('another number: the old one hears of it, and a link takes it back', async () => {
  const next = newPhone()
  await asha.ok('POST', '/me/contact/phone', { phone: next })
  await asha.ok('POST', '/me/contact/phone/confirm', { code: await codeTo(next) })
  await mailWith(asha.phone, new RegExp(`another number now, ending in ${next.slice(-2)}`))
  const [, token] = await mailWith(asha.email, /\/undo#token=([A-Za-z0-9_-]{43})/)
  assert.equal((await asha.ok('GET', '/me/contact')).phone.now, `+91********${next.slice(-2)}`)
  assert.deepEqual(await new Client().ok('POST', '/auth/undo', { token }), { back: 'phone' })
  assert.equal((await asha.get('/me')).status, 401)
  const [[hint]] = await sql(`SELECT after_json::jsonb ->> 'phone' FROM audit_entries WHERE act = 'auth.undo'
    AND subject = 'user:${asha.user.id}' ORDER BY seq DESC LIMIT 1`)
  assert.equal(hint, `+91********${asha.phone.slice(-2)}`)
})

test('the trail has all of it and no number; the pages had nothing to complain of', async () => {
  const rows = await sql(`SELECT act, outcome FROM audit_entries WHERE subject = 'user:${asha.user.id}' AND act ~ '^contact|undo'`)
  const seen = new Set(rows.map((row) => row.join(' ')))
  for (const act of ['contact.ask asked', 'contact.code asked', 'contact.confirm refused', 'contact.confirm done', 'auth.undo done']) {
    assert.ok(seen.has(act), act)
  }
  const [[found]] = await sql(`SELECT count(*) FROM audit_entries e WHERE e::text LIKE '%${asha.phone.slice(1)}%'`)
  assert.equal(found, '0')
  assert.deepEqual(refused, [])
})
