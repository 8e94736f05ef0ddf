// Algorithms and keys change under people who are logged in: tokens' signature, what addresses are found by, and all keys
// that have become too old; nobody is logged out, nobody signs up twice. And a mail alone sets no password.
import assert from 'node:assert/strict'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openPage, screens } from './browser.mjs'
import { addUser, Client, codeNow, codeTo, config, ctl, demo, health, isUp, latest, newPassword, origin, register, saw, signUp,
  sql, sv, until } from './world.mjs'

const file = process.env.BIJLI_CONFIG
const written = readFileSync(file, 'utf8')
const secrets = `${process.env.BIJLI_VAR}/secrets`
const hex = (text) => createHash('sha256').update(text).digest('hex')
let person, app, before_token

async function restart(settings) {
  writeFileSync(file, Object.keys(settings).length ? JSON.stringify({ ...config, ...settings }) : written)
  sv('restart', 'control')
  await until('control again', async () => isUp('control') && (await new Client().get('/health')).status === 200)
}
async function token() {
  const { redirect } = await person.ok('POST', '/connect', { api_key: app.api_key })
  const request_token = new URL(redirect).searchParams.get('request_token')
  const answer = await fetch(`${config.apps.url}/session/token`, { method: 'POST', body: new URLSearchParams({ api_key: app.api_key,
    request_token, checksum: hex(app.api_key + request_token + app.api_secret) }) })
  const { data, message } = await answer.json()
  assert.equal(answer.status, 200, message)
  saw('access_token', data.access_token)
  return data.access_token
}
const head = (text) => JSON.parse(Buffer.from(text.split('.')[0], 'base64url'))
const asApp = async (text) => (await new Client().request('GET', '/orders', undefined, { authorization: `token ${app.api_key}:${text}` })).status
const number = async (text) => Number((await sql(text))[0][0])
const aged = (days) => sql(`BEGIN; SELECT audit_append('setup', 'none', 'test.age', 'x', 'done', NULL, NULL, NULL, 'local', NULL);
  UPDATE data_keys SET created_at = created_at - interval '${days}'; COMMIT`)
const newest = () => number("SELECT max(key_id) FROM data_keys WHERE category = 'lookup'")

before(async () => {
  person = await signUp('Asha Agile')
  const made = await person.ok('POST', '/apps', { name: 'Robot', redirect_url: 'https://robot.example.com/back', scopes: ['orders.read'], kite_library: true })
  app = { ...made.app, api_secret: made.api_secret }
  before_token = await token()
})
after(() => restart({}))

test('everything is another algorithm and another key from one moment to the next', async () => {
  const was = await newest()
  await aged('366 days')
  const categories = await number('SELECT count(DISTINCT category) FROM data_keys')
  await restart({ apps: { ...config.apps, token_signature: 'ES256' }, keys: { address_hash: 'sha3-256', cipher: 'chacha20-poly1305' } })
  await until('all keys renewed', async () => await number("SELECT count(*) FROM audit_entries WHERE act = 'keys.rotate'"
    + " AND actor = 'server' AND reason LIKE 'by itself: 366 days old'") === categories)
  assert.ok(await newest() > was)
  // Who was in is in; who was not gets in, found under the old key or the new one.
  assert.equal((await person.ok('GET', '/me')).user.email, person.email)
  await new Client().login(person.email, person.password)
  assert.equal(await asApp(before_token), 200)
  const { status } = await register(new Client(), { email: person.email, password: newPassword(), name: 'Twice', phone: '+916000000001' })
  assert.equal(status, 202) // as for anybody
  await until('its owner to hear', async () => /account/.test((await latest(person.email))?.text ?? ''))
  const fresh = await signUp('Born Later')
  assert.equal(await number(`SELECT count(*) FROM users WHERE sealed_by(email_hash) = ${await newest()} AND user_id IN (${fresh.user.id}, ${person.user.id})`), 2)
  await new Client().login(person.email, person.password)
})

test('the rest follows, and is found by the new key alone', async () => {
  await aged('1 minute') // else the server waits until everybody knows the key
  const { code, out } = await ctl('keys', 'reseal', '--reason', 'a test')
  assert.equal(code, 0, out)
  assert.equal(await number(`SELECT count(*) FROM users WHERE least(sealed_by(email_hash), sealed_by(phone_hash)) < ${await newest()}`), 0)
  assert.ok(await number('SELECT count(*) FROM users') > 4)
  await new Client().login(person.email, person.password)
  await demo('client')
})

test('a token names key and algorithm, and no sender chooses them', async () => {
  const after_token = await token()
  assert.deepEqual([head(before_token).alg, head(after_token).alg], ['EdDSA', 'ES256'])
  assert.notEqual(head(before_token).kid, head(after_token).kid)
  const [signed, signature] = [after_token.slice(0, after_token.lastIndexOf('.')), after_token.slice(after_token.lastIndexOf('.') + 1)]
  const keys = readFileSync(`${secrets}/app-token.key`, 'utf8').match(/-+BEGIN[^]*?END PRIVATE KEY-+/g).map((pem) => createPublicKey(pem))
  assert.deepEqual(keys.map((key) => key.asymmetricKeyType), ['ed25519', 'ec'])
  assert.ok(verify('sha256', Buffer.from(signed), { key: keys[1], dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')))
  assert.equal(await asApp(after_token), 200)
  for (const alg of ['none', 'HS256', 'EdDSA']) {
    const forged = Buffer.from(JSON.stringify({ ...head(after_token), alg })).toString('base64url')
    assert.equal(await asApp([forged, ...after_token.split('.').slice(1)].join('.')), 401, alg)
  }
  assert.equal(health('control').state, 'up')
})

async function linkFor(email) {
  await new Client().ok('POST', '/auth/forgot', { email })
  const [, token] = await until('a link', async () => /reset#token=([\w-]{43})/.exec((await latest(email))?.text ?? ''))
  saw('token', token)
  return token
}
const reset = (body) => new Client().request('POST', '/auth/reset', body)

test('who has the mailbox and not the phone sets no password; the owner does, on the page', async () => {
  const wanted = newPassword()
  const before = await codeNow(person.phone)
  const { page, refused } = await openPage({ viewport: { width: 1280, height: 800 } })
  const at = (id) => page.getByTestId(id)
  const shot = (name) => page.screenshot({ path: join(screens, `reset-${name}.png`) })
  await page.goto(`${origin}/forgot`)
  await at('forgot-email').fill(person.email)
  await at('forgot-submit').click()
  await at('forgot-sent').waitFor()
  await shot('sent')
  const [link, token] = await until('a link', async () => /https:\S+\/reset#token=([\w-]{43})/.exec((await latest(person.email))?.text ?? ''))
  saw('token', token)
  // Whoever has the mailbox alone: tries, and the account is as it was.
  const asked = await reset({ token, password: wanted })
  assert.deepEqual([asked.status, asked.body], [202, { next: 'code', sent_to: `+91********${person.phone.slice(-2)}` }])
  for (let i = 0; i < 5; i++) assert.equal((await reset({ token, password: wanted, code: '000000' })).body.error.field, 'code')
  assert.equal((await reset({ token, password: wanted, code: await codeTo(person.phone, before) })).body.error.field, 'code') // five are enough
  await new Client().login(person.email, person.password)
  // The owner.
  await page.goto(link)
  await at('reset-password').fill(wanted)
  const old = await codeNow(person.phone)
  await at('reset-submit').click()
  await at('reset-code').fill('12')
  await at('reset-submit').click()
  await page.getByText('this code is wrong').waitFor()
  await shot('code-1280')
  await page.setViewportSize({ width: 390, height: 844 })
  await shot('code-390')
  await at('reset-code').fill(await codeTo(person.phone, old))
  await at('reset-submit').click()
  await at('reset-done').waitFor()
  await shot('done-390')
  await new Client().login(person.email, wanted)
  person.password = wanted
  assert.deepEqual(refused, [])
})

test('who has no second way is told who helps, and a stranger is told nothing', async () => {
  const staff = await addUser('support') // with a password, as only the demo world allows, and no number
  const { status, body } = await reset({ token: await linkFor(staff.email), password: newPassword() })
  assert.deepEqual([status, body.error.code], [403, 'help_needed'])
  await new Client().login(staff.email, staff.password)
  const nobody = await new Client().request('POST', '/auth/forgot', { email: `no${staff.email}` })
  const somebody = await new Client().request('POST', '/auth/forgot', { email: staff.email })
  assert.deepEqual([nobody.status, nobody.text], [somebody.status, somebody.text])
})
