// The second factor: set up, logged in with, recovered, removed; a fresh proof before what weighs heavily; another
// password, by the old one and by mail.
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { Client, byTwo, config, ctl, demo, redis, setPassword, signUp, sleep, sql, universe, until } from './world.mjs'

const STEP_S = 30
let client
let secret
let recovery

// An authenticator app, from RFC 4226 and RFC 6238.
function unbase32(text) {
  const bits = [...text].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))
}
function code(off = 0) {
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 1000 / STEP_S) + off))
  const mac = createHmac('sha1', secret).update(step).digest()
  const word = mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff
  return String(word % 1e6).padStart(6, '0')
}
const wrong = () => ['000000', '111111', '222222', '333333'].find((text) => ![-1, 0, 1].some((off) => code(off) === text))
// As if the last code had been used long ago: a test need not wait for the next half minute.
const forgetSteps = () => sql(`UPDATE totp_factors SET last_step = 1 WHERE user_id = ${client.user.id}`)

async function firstStep(from = new Client()) {
  const answer = await from.request('POST', '/auth/login', { email: client.email, password: client.password })
  assert.equal(answer.status, 202, answer.text)
  assert.equal(answer.body.next, 'factor')
  assert.deepEqual(answer.body.factors, ['code'])
  assert.equal(answer.body.user, undefined)
  return { from, pending: answer.body.pending }
}

before(async () => { client = await signUp() })

test('enrol: a picture and a key; it counts only once a code has confirmed it', async () => {
  assert.deepEqual(await client.ok('GET', '/auth/security'), { totp: false, passkeys: 0, recovery_left: 0 })
  assert.equal((await client.request('POST', '/auth/totp', undefined, { 'x-csrf-token': '' })).status, 403)
  const { secret: text, uri, qr_svg } = await client.ok('POST', '/auth/totp')
  assert.match(text, /^[A-Z2-7]{32}$/)
  assert.equal(new URL(uri).searchParams.get('secret'), text)
  assert.match(qr_svg, /^<svg xmlns=[^>]*><path [^>]*><path fill="#000" d="(M\d+ \d+h\d+v1h-\d+z)+"\/><\/svg>$/)
  secret = unbase32(text)
  const again = new Client()
  await again.login(client.email, client.password) // not asked for yet
  const bad = await client.request('POST', '/auth/totp/confirm', { code: wrong() })
  assert.equal(bad.status, 403)
  assert.deepEqual([bad.body.error.code, bad.body.error.field], ['wrong_factor', 'code'])
  const { recovery_codes } = await client.ok('POST', '/auth/totp/confirm', { code: code() })
  assert.equal(new Set(recovery_codes).size, 10)
  recovery = recovery_codes
  assert.deepEqual(await client.ok('GET', '/auth/security'), { totp: true, passkeys: 0, recovery_left: 10 })
  assert.equal((await client.request('POST', '/auth/totp')).status, 409)
})

test('nothing of it lies in the database in clear', async () => {
  const rows = JSON.stringify(await sql(`SELECT f.*, r.* FROM totp_factors f JOIN recovery_codes r USING (user_id)
    WHERE user_id = ${client.user.id}`))
  assert.ok(!rows.includes(secret.toString('hex')))
  for (const text of recovery) assert.ok(!rows.includes(text) && !rows.includes(Buffer.from(text.replaceAll('-', '')).toString('hex')))
})

test('log in: the password alone is nothing; a code counts once', async () => {
  const { from, pending } = await firstStep()
  assert.equal(from.cookie, '')
  const stolen = Object.assign(new Client(), { cookie: `__Host-bj_session=${pending}` })
  assert.equal((await stolen.get('/me')).status, 401)
  await forgetSteps()
  const now = code()
  assert.equal((await from.request('POST', '/auth/login/factor', { pending, code: wrong() })).status, 403)
  const { user, csrf } = await from.ok('POST', '/auth/login/factor', { pending, code: now })
  assert.equal(user.email, client.email)
  from.csrf = csrf
  assert.notEqual(from.cookie, `__Host-bj_session=${pending}`)
  assert.equal((await from.get('/me')).status, 200)
  assert.equal((await from.request('POST', '/auth/login/factor', { pending, code: code(1) })).status, 401)
  const next = await firstStep()
  const replay = await next.from.request('POST', '/auth/login/factor', { pending: next.pending, code: now })
  assert.equal(replay.body.error.code, 'wrong_factor')
  assert.equal((await next.from.request('POST', '/auth/login/factor', { pending: 'x'.repeat(43), code: now })).status, 401)
})

test('ten wrong codes from elsewhere stop strangers, not the owner', async () => {
  const owner = new Client()
  let step = await firstStep(owner)
  await forgetSteps()
  await owner.ok('POST', '/auth/login/factor', { pending: step.pending, code: code() })
  assert.match(owner.device, /^__Host-bj_device=/)
  let last
  for (let i = 0; i < 12; i++) {
    if (i % 4 === 0) step = await firstStep()
    last = await step.from.request('POST', '/auth/login/factor', { pending: step.pending, code: wrong() })
  }
  assert.equal(last.status, 429)
  assert.ok(Number(last.headers.get('retry-after')) > 1)
  await forgetSteps()
  step = await firstStep()
  assert.equal((await step.from.request('POST', '/auth/login/factor', { pending: step.pending, code: code() })).status, 429)
  step = await firstStep(owner)
  await owner.ok('POST', '/auth/login/factor', { pending: step.pending, code: code() })
})

test('a recovery code lets in once, from anywhere', async () => {
  const step = await firstStep()
  await step.from.ok('POST', '/auth/login/factor', { pending: step.pending, code: recovery[0].toLowerCase() })
  const again = await firstStep()
  assert.equal((await again.from.request('POST', '/auth/login/factor', { pending: again.pending, code: recovery[0] })).status, 403)
  assert.equal((await client.ok('GET', '/auth/security')).recovery_left, 9)
  const { recovery_codes } = await client.ok('POST', '/auth/recovery')
  const old = await firstStep()
  assert.equal((await old.from.request('POST', '/auth/login/factor', { pending: old.pending, code: recovery[1] })).status, 403)
  await old.from.ok('POST', '/auth/login/factor', { pending: old.pending, code: recovery_codes[1] })
})

// The session's last proof is an hour old, in the record and in every copy.
async function ageProof(who) {
  const hash = createHash('sha256').update(who.cookie.split('=')[1]).digest('hex')
  assert.deepEqual(await sql(`WITH entry AS (SELECT audit_append('setup', 'none', 'test.age', 'session:x', 'done', NULL, NULL,
    NULL, 'local', NULL)) UPDATE sessions SET proved_at = now() - interval '1 hour' FROM entry
    WHERE token_hash = '\\x${hash}'`), [['UPDATE 1']])
  await redis('del', `session:${hash}`)
  await sleep(1100) // the server's own copy
}
const wants = (answer, code) => assert.equal(answer.body?.error.code, code, answer.text)

test('step-up: what weighs heavily wants a fresh proof, by the factor of who has one', async () => {
  await ageProof(client)
  wants(await client.request('DELETE', '/auth/totp'), 'step_up_required')
  wants(await client.request('POST', '/auth/recovery'), 'step_up_required')
  assert.equal((await client.get('/me')).status, 200)
  const bad = await client.request('POST', '/auth/prove', { password: client.password })
  assert.deepEqual([bad.status, bad.body.error.field], [400, 'code'])
  wants(await client.request('POST', '/auth/prove', { code: wrong() }), 'wrong_factor')
  await forgetSteps()
  assert.equal((await client.ok('POST', '/auth/prove', { code: code() })).fresh_s, 900)
  await client.ok('POST', '/auth/recovery')
})

test('step-up: an operator proves by the password before a halt, and has no need to after log-in', async () => {
  const admin = await demo('admin')
  const symbol = universe[3].symbol
  const halt = (word) => admin.request('POST', `/admin/instruments/${symbol}/${word}`, { reason: 'step-up test' })
  assert.equal((await halt('halt')).status, 200)
  await ageProof(admin)
  wants(await halt('resume'), 'step_up_required')
  wants(await admin.request('POST', '/auth/prove', { password: 'wrong-password-1' }), 'wrong_factor')
  wants(await halt('resume'), 'step_up_required')
  const password = readFileSync(`${process.env.BIJLI_VAR}/secrets/demo-admin.password`, 'utf8').trim()
  await admin.ok('POST', '/auth/prove', { password })
  const { status, body: { waits } } = await halt('resume')
  assert.equal(status, 202)
  const compliance = await demo('compliance')
  await compliance.ok('POST', `/elevations/${waits.id}/approve`, {})
  assert.equal((await ctl('halt', symbol, '--reason', 'the operator\'s token needs none')).code, 0)
  await byTwo(compliance, 'resume', symbol, '--reason', 'over')
})

test('removed: the password alone again', async () => {
  assert.equal((await client.request('DELETE', '/auth/totp')).status, 204)
  assert.deepEqual(await client.ok('GET', '/auth/security'), { totp: false, passkeys: 0, recovery_left: 0 })
  await new Client().login(client.email, client.password)
  assert.equal((await client.request('DELETE', '/auth/totp')).status, 409)
})

test('another password: the old one is needed, other sessions end', async () => {
  const other = new Client()
  await other.login(client.email, client.password)
  const password = 'a heron in the harbour'
  wants(await client.request('POST', '/auth/password', { old: 'wrong-password-1', password }), 'wrong_factor')
  const easy = await client.request('POST', '/auth/password', { old: client.password, password: 'mississippi99' })
  assert.deepEqual([easy.status, easy.body.error.field], [400, 'password'])
  await ageProof(client)
  wants(await client.request('POST', '/auth/password', { old: client.password, password }), 'step_up_required')
  await client.ok('POST', '/auth/prove', { password: client.password })
  assert.equal((await client.request('POST', '/auth/password', { old: client.password, password })).status, 204)
  assert.equal((await other.get('/me')).status, 401)
  assert.equal((await client.get('/me')).status, 200)
  wants(await new Client().request('POST', '/auth/login', { email: client.email, password: client.password }), 'not_logged_in')
  client.password = password
  await new Client().login(client.email, password)
})

test('forgotten: the same answer for everybody, a link that works once and ends every session', async () => {
  const stranger = new Client()
  const nobody = await stranger.request('POST', '/auth/forgot', { email: `no${client.email}` })
  const answer = await stranger.request('POST', '/auth/forgot', { email: client.email })
  assert.deepEqual([answer.status, answer.text], [nobody.status, nobody.text])
  const mail = await until('the mail with the link', async () => {
    const got = await fetch(`http://127.0.0.1:${config.mail.http_port}/latest?to=${encodeURIComponent(client.email)}`)
    const { text } = await got.json()
    return /\/reset#token=/.test(text) && text
  })
  const [, token] = /\/reset#token=([A-Za-z0-9_-]{43})/.exec(mail)
  assert.equal((await stranger.request('POST', '/auth/reset', { token, password: 'qwertyqwerty' })).body.error.field, 'password')
  const password = 'the tide turns at nine'
  assert.equal((await setPassword({ token, password, phone: client.phone })).status, 200)
  assert.equal((await client.get('/me')).status, 401)
  assert.equal((await stranger.request('POST', '/auth/reset', { token, password })).body.error.field, 'token')
  await new Client().login(client.email, password)
})

test('all of it is in the audit trail, and no secret is', async () => {
  const admin = await demo('admin')
  const id = `user:${client.user.id}`
  const all = []
  for (;;) {
    const { entries } = await admin.ok('GET', `/admin/audit?act=auth&limit=500&after=${all.at(-1)?.seq ?? 0}`)
    all.push(...entries)
    if (entries.length < 500) break
  }
  const ours = all.filter((e) => e.actor === id || e.subject === id)
  const seen = new Set(ours.map((e) => `${e.actor === id ? 'user' : e.actor} ${e.act} ${e.outcome}`))
  for (const wanted of ['user auth.factor.enrol done', 'user auth.factor.enrol refused', 'user auth.factor.confirm refused',
    'user auth.factor.confirm done', 'nobody auth.login asked', 'nobody auth.login refused', 'user auth.login done',
    'user auth.password done', 'user auth.password refused',
    'nobody auth.forgot done', 'nobody auth.reset done', 'user auth.prove done', 'user auth.prove refused', 'user auth.factor.recover done', 'user auth.factor.codes done',
    'user auth.factor.remove done',
    'user auth.factor.remove refused']) assert.ok(seen.has(wanted), wanted)
  const text = JSON.stringify(ours)
  for (const word of [...recovery, secret.toString('hex'), client.email, client.password]) assert.ok(!text.includes(word), word)
})
