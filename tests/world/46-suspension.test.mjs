// An account that staff suspends: out at once at two servers, by every way; what a log-in says of it; orders; letting it
// in again.  docs/identity.md.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { replica, streamAt, there } from './replica.mjs'
import { addUser, bin, Client, config, ctl, demo, latest, newPassword, origin, saw, signUp, sql, sv, until } from './world.mjs'

// An app of the owner's and what it asks with; a request token that it has not used yet, too.
async function appFor(owner, person) {
  const { app, api_secret } = await owner.ok('POST', '/apps',
    { name: 'Robot', redirect_url: 'https://robot.example.com/', scopes: ['profile', 'orders.write'], kite_library: true })
  const say = async () => {
    const { redirect } = await person.ok('POST', '/connect', { api_key: app.api_key })
    const request_token = new URL(redirect).searchParams.get('request_token')
    saw('request_token', request_token)
    return new URLSearchParams({ api_key: app.api_key, request_token,
      checksum: createHash('sha256').update(app.api_key + request_token + api_secret).digest('hex') })
  }
  const logIn = (body) => fetch(`${config.apps.url}/session/token`, { method: 'POST', body })
  const { data } = await (await logIn(await say())).json()
  saw('access_token', data.access_token)
  const authorization = `token ${app.api_key}:${data.access_token}`
  const waits = await say()
  return { authorization, logIn: () => logIn(waits) }
}

const login = async (email, password) => {
  const { status, body } = await new Client().request('POST', '/auth/login', { email, password })
  return [status, body]
}
const mailOf = (person, what) => until(`a mail ${what}`, async () => {
  const mail = await latest(person.email)
  return mail?.text.includes(what) && mail
})

let person
let admin
test('suspended: out at once by every way at every server, and let in by none', { timeout: 60000 }, async () => {
  person = await signUp('Suspended One')
  admin = await demo('admin')
  const owner = await addUser('client')
  const robot = await appFor(owner, person)
  const { order } = await person.ok('POST', '/orders', { symbol: 'INFY', side: 'BUY', type: 'LIMIT', tif: 'DAY', qty: 1,
    price_paise: (await person.ok('GET', '/instruments')).instruments.find((i) => i.symbol === 'INFY').band_lo_paise })
  person.order = order
  await new Client().request('POST', '/auth/forgot', { email: person.email })
  const { text } = await mailOf(person, '/reset#token=')
  const [, reset] = /\/reset#token=([A-Za-z0-9_-]+)/.exec(text)
  const sockets = [await streamAt((await replica()).base, person), await streamAt(origin, person)]
  assert.deepEqual([await there({ cookie: person.cookie }), await there({ authorization: robot.authorization })], [200, 200])

  const from = Date.now()
  const { user } = await admin.ok('POST', `/admin/users/${person.user.id}/suspend`, { reason: 'asked by compliance' })
  for (const socket of sockets) assert.ok(await socket.ended - from < 1500)
  assert.deepEqual([user.suspended_by, user.suspend_reason], [`user:${admin.user.id}`, 'asked by compliance'])
  assert.match(user.suspended, /^2\d{3}-/)
  assert.equal((await person.get('/me')).status, 401)
  assert.deepEqual([await there({ cookie: person.cookie }), await there({ authorization: robot.authorization })], [401, 401])
  assert.equal((await robot.logIn()).status, 403)
  assert.equal((await new Client().request('POST', '/auth/reset', { token: reset, password: `z${person.password}` })).status, 400)
  // The same to the letter, right or wrong: and of nobody.
  const wrong = await login(person.email, `z${person.password}`)
  assert.equal(wrong[0], 401)
  assert.deepEqual(await login(person.email, person.password), wrong)
  assert.deepEqual(await login(`z${person.email}`, person.password), wrong)
  const told = await mailOf(person, 'suspended')
  assert.ok(!told.text.includes('compliance'), 'the reason is not for the mail')
  assert.equal((await new Client().request('POST', '/auth/forgot', { email: person.email })).status, 202)
  assert.match((await ctl('user', 'show', person.user.id)).out, /suspended 2\S+ by user:\d+: asked by compliance/)
  const [entry] = (await admin.ok('GET', '/admin/audit?act=user.suspend&limit=1')).entries
  assert.deepEqual([entry.actor, entry.subject, entry.reason, entry.outcome],
    [`user:${admin.user.id}`, `user:${person.user.id}`, 'asked by compliance', 'done'])
  assert.deepEqual(JSON.parse(entry.after), { suspended: true, sessions_ended: 1, apps_ended: 1 })
})

test('what it has in the market stays; a dealer cancels for it, and enters and changes nothing', { timeout: 60000 }, async () => {
  const dealer = await addUser('dealer')
  const { order_id, symbol, price_paise } = person.order
  const of = `account_id=${person.user.account_id}`
  const { orders } = await dealer.ok('GET', `/orders?${of}`)
  assert.deepEqual(orders.map((row) => [row.order_id, row.state]), [[order_id, 'open']])
  const placed = await dealer.request('POST', '/orders',
    { symbol, side: 'BUY', type: 'LIMIT', tif: 'DAY', qty: 1, price_paise, account_id: person.user.account_id })
  assert.equal(placed.status, 403, placed.text)
  assert.equal((await dealer.request('PATCH', `/orders/${order_id}?${of}`, { qty: 2 })).status, 403)
  await dealer.ok('DELETE', `/orders/${order_id}?${of}`)
})

test('nobody suspends oneself or the last admin, and no other role anybody', { timeout: 60000 }, async () => {
  const self = await admin.request('POST', `/admin/users/${admin.user.id}/suspend`, { reason: 'r' })
  assert.deepEqual([self.status, self.body.error.code], [403, 'not_allowed'])
  const again = await admin.request('POST', `/admin/users/${person.user.id}/suspend`, { reason: 'r' })
  assert.deepEqual([again.status, again.body.error.text], [409, 'it is suspended already'])
  const others = await sql(`SELECT user_id FROM users WHERE role = 'admin' AND user_id <> ${admin.user.id} AND erased_at IS NULL`)
  await sql(`BEGIN; SET LOCAL session_replication_role = replica;
    UPDATE users SET suspended_at = now(), suspended_by = 'operator', suspend_reason = 'r' WHERE role = 'admin'
      AND user_id <> ${admin.user.id}; COMMIT`)
  const last = await ctl('user', 'suspend', admin.user.id, '--reason', 'test')
  await sql(`BEGIN; SET LOCAL session_replication_role = replica;
    UPDATE users SET suspended_at = NULL, suspended_by = NULL, suspend_reason = NULL
      WHERE user_id IN (0${others.map(([id]) => `,${id}`).join('')}); COMMIT`)
  assert.deepEqual([last.code, /last admin/.test(last.err)], [1, true], last.err)
  assert.equal((await admin.get('/me')).status, 200)
  const support = await addUser('support')
  assert.equal((await support.request('POST', `/admin/users/${person.user.id}/resume`, { reason: 'r' })).status, 403)
})

test('let in again: the same password, a new session, and apps ask once more', { timeout: 60000 }, async () => {
  const done = await ctl('user', 'resume', person.user.id, '--reason', 'all is well')
  assert.equal(done.code, 0, done.err)
  assert.doesNotMatch(done.out, /suspended/)
  await mailOf(person, 'no longer suspended')
  const old = Object.assign(new Client(), { cookie: person.cookie })
  await person.login(person.email, person.password)
  assert.equal((await person.get('/me')).status, 200)
  assert.equal((await old.get('/me')).status, 401)
})

// --- who has lost the second factor and the recovery codes

const askDrop = (about, checks) => ctl('approve', 'ask', 'right:factor_drop', '--minutes', '5', '--about', about,
  '--checks', checks, '--reason', 'lost the phone', '--json')
const asked = async (who) => {
  const told = await askDrop(who.user.id, 'call_back,mail_word')
  return JSON.parse(told.out).elevation.id
}
const factors = async (who) => Number((await sql(`SELECT count(*) FROM totp_factors WHERE user_id = ${who.user.id}`))[0][0])
const dropLink = async (who) => {
  const { text } = await mailOf(who, '/undo#what=factors')
  const [, token] = /\/undo#what=factors&token=([A-Za-z0-9_-]+)/.exec(text)
  return token
}

test('factors are taken away by two, after a wait, and the owner can say no', { timeout: 90000 }, async () => {
  await person.ok('POST', '/auth/prove', { password: person.password })
  const { secret } = await person.ok('POST', '/auth/totp')
  saw('totp', secret)
  await sql(`BEGIN; SET LOCAL session_replication_role = replica; UPDATE totp_factors SET confirmed_at = now(), last_step = 1
    WHERE user_id = ${person.user.id}; COMMIT`)
  const drop = () => ctl('user', 'drop-factors', person.user.id, '--reason', 'lost the phone')
  assert.match((await drop()).err, /needs an elevation/)
  // Asked for with whom it is about and what was checked, or not at all; for that person, and given by people.
  assert.match((await askDrop(person.user.id, 'a_hunch')).err, /checks are of call_back/)
  assert.match((await askDrop(person.user.id, 'call_back')).err, /call_back and mail_word, or in_person_document/)
  assert.match((await askDrop('999999', 'in_person_document')).err, /somebody else who is there/)
  assert.match((await ctl('approve', 'ask', 'right:factor_drop', '--reason', 'r')).err, /number of the person/)
  const others = await asked(admin)
  const compliance = await demo('compliance')
  await compliance.ok('POST', `/elevations/${others}/approve`, {})
  assert.match((await drop()).err, /approved for somebody else/)
  const elevation = await asked(person)
  assert.match((await ctl('approve', 'yes', elevation)).err, /somebody else|people give this/)
  const { elevations } = await admin.ok('GET', '/elevations?state=open')
  const shown = elevations.find(({ id }) => id === elevation)
  assert.deepEqual([shown.about, shown.checks], [person.user.id, ['call_back', 'mail_word']])
  await admin.ok('POST', `/elevations/${elevation}/approve`, {})
  const done = await drop()
  assert.equal(done.code, 0, done.err)
  assert.match(done.out, /go 2\d{3}-/)
  assert.equal((await person.get('/me')).status, 401)
  assert.match((await drop()).err, /asked for already/)
  await until('a text message', async () => /Support was asked/.test((await latest(person.phone))?.text ?? ''))
  const token = await dropLink(person)
  assert.deepEqual((await new Client().request('POST', '/auth/undo', { token })).body, { back: 'factors' })
  assert.equal((await new Client().request('POST', '/auth/undo', { token })).status, 400)
  await mailOf(person, 'stay as they are')
  assert.equal((await login(person.email, person.password))[1].next, 'factor')

  // Once more, and nobody says no: after the wait the factors go, and the password.
  assert.equal((await drop()).code, 0)
  await sql(`BEGIN; SET LOCAL session_replication_role = replica; UPDATE factor_drops SET asked_at = now() - interval '25 hours',
    due_at = now() - interval '1 second' WHERE user_id = ${person.user.id}; COMMIT`)
  assert.equal(await factors(person), 1)
  sv('restart', 'control') // and so it looks at once, not within the minute
  const { text } = await mailOf(person, 'are gone')
  assert.match(text, /\/forgot/)
  assert.equal(await factors(person), 0)
  await until('control', async () => (await new Client().get('/health')).status === 200)
  assert.equal((await login(person.email, person.password))[0], 401)
  await new Client().request('POST', '/auth/forgot', { email: person.email })
  const [, reset] = /\/reset#token=([A-Za-z0-9_-]+)/.exec((await mailOf(person, '/reset#token=')).text)
  person.password = `n${person.password}`
  await new Client().ok('POST', '/auth/reset', { token: reset, password: person.password })
  await person.login(person.email, person.password)
  const acts = (await admin.ok('GET', '/admin/audit?act=auth.factor&limit=50')).entries
    .filter((e) => e.subject === `user:${person.user.id}` && /drop|keep/.test(e.act)).map((e) => [e.actor, e.act, e.outcome])
  const drops = (await admin.ok('GET', '/admin/audit?act=auth.factor.drop&actor=operator&limit=5')).entries
    .filter((e) => e.subject === `user:${person.user.id}`)
  for (const e of drops) {
    assert.deepEqual([e.elevation, JSON.parse(e.after).checks], [elevation, ['call_back', 'mail_word']])
  }
  assert.deepEqual(acts, [['server', 'auth.factor.drop', 'done'], ['operator', 'auth.factor.drop', 'asked'],
    ['nobody', 'auth.factor.keep', 'done'], ['operator', 'auth.factor.drop', 'asked']])
})

test('an operator makes a person, or a person choose anew, without knowing a password', { timeout: 60000 }, async () => {
  const email = `made${randomBytes(5).toString('hex')}@example.com`
  const make = () => execFileSync(bin('bijli-control'), ['--config', process.env.BIJLI_CONFIG, '--add-user', email, 'Made', 'client'],
    { input: '\n', stdio: ['pipe', 'pipe', 'ignore'] })
  const choose = async (password, not = '') => {
    await new Client().request('POST', '/auth/forgot', { email })
    const token = await until('a link', async () => {
      const [, found] = /\/reset#token=([A-Za-z0-9_-]+)/.exec((await latest(email))?.text ?? '') ?? []
      return found !== not && found
    })
    await new Client().ok('POST', '/auth/reset', { token, password })
    return token
  }
  make()
  assert.equal((await login(email, ''))[0], 400)
  const password = newPassword()
  const link = await choose(password)
  const made = new Client()
  await made.login(email, password)
  make()
  assert.equal((await login(email, password))[0], 401)
  await until('out', async () => (await made.get('/me')).status === 401)
  const other = newPassword()
  await choose(other, link)
  await made.login(email, other)
})
