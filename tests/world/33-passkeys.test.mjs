// Passkeys, with a real browser and its virtual authenticators: added, logged in by without a password, second step,
// fresh proof, removed; and what must not work: a replay, another origin, a copy of the key, one that was removed.
import assert from 'node:assert/strict'
import { createHash, createPrivateKey, sign } from 'node:crypto'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { openPage, screens } from './browser.mjs'
import { Client, config, demo, origin, redis, signUp, sql, until } from './world.mjs'

let page, refused, devtools, client, phone, key
let assertion // the body of the page's last log-in by passkey
let recovery

const at = (id) => page.getByTestId(id).filter({ visible: true }).first()
const hash = (data) => createHash('sha256').update(data).digest()
const text = (data) => Buffer.from(data).toString('base64url')

const authenticator = async (transport) => (await devtools.send('WebAuthn.addVirtualAuthenticator', {
  options: { protocol: 'ctap2', transport, hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
    automaticPresenceSimulation: true },
})).authenticatorId
const touch = (authenticatorId, enabled) =>
  devtools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })
const credentials = async (authenticatorId) =>
  (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials
const mails = async (wanted) => until(`the mail "${wanted}"`, async () => {
  const answer = await fetch(`http://127.0.0.1:${config.mail.http_port}/latest?to=${encodeURIComponent(client.email)}`)
  return answer.ok && JSON.stringify(await answer.json()).includes(wanted)
})

before(async () => {
  let context
  ;({ context, page, refused } = await openPage({ viewport: { width: 1280, height: 800 } }))
  page.on('request', (request) => {
    if (request.url().endsWith('/auth/login/passkey')) assertion = request.postDataJSON()
  })
  devtools = await context.newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  phone = await authenticator('internal')
  client = await signUp()
})

async function add(name) {
  await at('passkey-add').click()
  await at('passkey-name').fill(name)
  await at('passkey-submit').click()
}
async function logOut() {
  await page.goto(`${origin}/account`)
  await at('logout').click()
  await at('login-passkey').waitFor()
}
async function byPassword() {
  await page.goto(`${origin}/login`)
  await at('login-email').fill(client.email)
  await at('login-password').fill(client.password)
  await at('login-submit').click()
}
const isIn = () => page.waitForURL((url) => url.pathname !== '/login')

test('add two: the first brings recovery codes; the owner is told; other sessions have proved nothing', async () => {
  await byPassword()
  await isIn()
  await page.goto(`${origin}/account/security`)
  await add('Phone')
  await at('recovery-codes').waitFor()
  recovery = (await page.getByTestId('recovery-codes').locator('li').allInnerTexts()).map((code) => code.trim())
  assert.equal(recovery.length, 10)
  await at('recovery-done').click()
  await mails('A passkey was added')
  assert.equal((await client.request('POST', '/auth/recovery')).body.error.code, 'step_up_required')
  // The same device does not take a second one; another does.
  await add('Phone again')
  await page.getByText('has a passkey of yours already').waitFor()
  await page.getByLabel('Close').click()
  await touch(phone, false)
  key = await authenticator('usb')
  await add('Key')
  await page.getByText('Key', { exact: true }).waitFor()
  await touch(key, false)
  await touch(phone, true)
  await page.screenshot({ path: join(screens, 'passkeys.png') })
  const { passkeys } = await client.ok('GET', '/auth/passkeys')
  assert.deepEqual(passkeys.map(({ name, used }) => [name, used]), [['Phone', ''], ['Key', '']])
  assert.deepEqual(await client.ok('GET', '/auth/security'), { totp: false, passkeys: 2, recovery_left: 10 })
})

test('log in without a password; the same message again is nothing', async () => {
  await logOut()
  await at('login-passkey').click()
  await isIn()
  assert.equal(Buffer.from(assertion.user_handle, 'base64url').length, 32)
  assert.notEqual(text(String(client.user.id)), assertion.user_handle)
  const replayed = await new Client().request('POST', '/auth/login/passkey', assertion)
  assert.equal(replayed.status, 401, replayed.text)
  const again = await new Client().ok('POST', '/auth/login/passkey/challenge')
  const client_data = text(Buffer.from(assertion.client_data, 'base64url').toString()
    .replace(/"challenge":"[^"]*"/, `"challenge":"${again.challenge}"`))
  assert.equal((await new Client().request('POST', '/auth/login/passkey', { ...assertion, client_data })).status, 401)
  assert.notEqual((await client.ok('GET', '/auth/passkeys')).passkeys[0].used, '')
})

test('after a password it is the second step', async () => {
  await logOut()
  await byPassword()
  await at('factor-passkey').click()
  await isIn()
  const { status, body } = await new Client().request('POST', '/auth/login', { email: client.email, password: client.password })
  assert.deepEqual([status, body.next, body.factors], [202, 'factor', ['passkey']])
  const lost = new Client()
  await lost.ok('POST', '/auth/login/factor', { pending: body.pending, code: recovery[0] })
})

test('a page of another origin gets an assertion that we refuse', async () => {
  const { challenge, rp_id } = await new Client().ok('POST', '/auth/login/passkey/challenge')
  const there = page.url()
  await page.goto(`http://localhost:${config.mail.http_port}/latest?to=nobody`)
  const stolen = await page.evaluate(async ({ challenge, rp_id }) => {
    const write = (data) => btoa(String.fromCharCode(...new Uint8Array(data)))
      .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
    const bytes = Uint8Array.from(atob(challenge.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
    const { rawId, response } = await navigator.credentials.get({ publicKey: { challenge: bytes, rpId: rp_id, userVerification: 'required' } })
    return { credential: write(rawId), client_data: write(response.clientDataJSON), signature: write(response.signature),
      authenticator_data: write(response.authenticatorData), user_handle: write(response.userHandle) }
  }, { challenge, rp_id })
  assert.match(Buffer.from(stolen.client_data, 'base64url').toString(), new RegExp(`http://localhost:${config.mail.http_port}`))
  assert.equal((await new Client().request('POST', '/auth/login/passkey', stolen)).status, 401)
  await page.goto(there)
})

// An assertion by the key that the virtual authenticator hands out: a copy of it, with a counter of its own.
async function copyOf(from, count, flags = 5) {
  const [{ credentialId, privateKey, userHandle }] = await credentials(from)
  const { challenge } = await new Client().ok('POST', '/auth/login/passkey/challenge')
  const client_data = JSON.stringify({ type: 'webauthn.get', challenge, origin, crossOrigin: false })
  const rest = Buffer.alloc(5)
  rest[0] = flags
  rest.writeUInt32BE(count, 1)
  const authenticator_data = Buffer.concat([hash('localhost'), rest])
  const pkey = createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' })
  const signature = sign('sha256', Buffer.concat([authenticator_data, hash(client_data)]), pkey)
  const url = (data) => text(Buffer.from(data, 'base64'))
  return { credential: url(credentialId), user_handle: url(userHandle), client_data: text(client_data),
    authenticator_data: text(authenticator_data), signature: text(signature) }
}

test('a copy of the key is found by its counter, and the owner told; a user who was not verified is refused', async () => {
  const send = (body) => new Client().request('POST', '/auth/login/passkey', body)
  const signCount = Number(await sql(`SELECT max(sign_count) FROM passkeys WHERE user_id = ${client.user.id} AND name = 'Phone'`))
  assert.ok(signCount > 0)
  assert.equal((await send(await copyOf(phone, signCount + 9, 1))).status, 401) // nobody was verified
  assert.equal((await send(await copyOf(phone, signCount))).status, 401)
  await mails('A passkey was refused')
  assert.equal((await send(await copyOf(phone, signCount + 1))).status, 200)
})

test('a fresh proof by passkey; one that was removed logs in nobody', async () => {
  // The copy has moved the counter on: the device is now the one that looks like a copy.
  await logOut()
  await touch(phone, false)
  await touch(key, true)
  await at('login-passkey').click()
  await isIn()
  await sql(`WITH entry AS (SELECT audit_append('setup', 'none', 'test.age', 'session:x', 'done', NULL, NULL, NULL, 'local', NULL))
    UPDATE sessions SET proved_at = now() - interval '1 hour' FROM entry WHERE user_id = ${client.user.id}`)
  for (const [token] of await sql(`SELECT encode(token_hash, 'hex') FROM sessions WHERE user_id = ${client.user.id}`)) {
    await redis('del', `session:${token}`)
  }
  await page.goto(`${origin}/account/security`)
  await page.getByTestId('passkeys').locator('li', { hasText: 'Phone' }).getByTestId('passkey-remove').click()
  await at('passkey-remove-confirm').click()
  await at('factor-passkey').waitFor()
  await page.screenshot({ path: join(screens, 'passkey-proof.png') })
  await at('factor-passkey').click()
  await at('toast').getByText('Passkey removed').waitFor()
  await mails('A passkey was removed')
  assert.equal((await client.ok('GET', '/auth/security')).passkeys, 1)
  await logOut()
  await touch(key, false)
  await touch(phone, true)
  await at('login-passkey').click()
  await page.getByText('this passkey is not known here').waitFor()
  assert.equal((await new Client().request('POST', '/auth/login/passkey', await copyOf(phone, 1e6))).status, 401)
})

test('the page met no policy that forbids it', () => assert.deepEqual(refused, []))

test('all of it is in the audit trail, and no key, challenge or name is', async () => {
  const admin = await demo('admin')
  const all = []
  for (;;) {
    const { entries } = await admin.ok('GET', `/admin/audit?act=auth&limit=500&after=${all.at(-1)?.seq ?? 0}`)
    all.push(...entries)
    if (entries.length < 500) break
  }
  const id = `user:${client.user.id}`
  const ours = all.filter((e) => e.actor === id || e.subject === id)
  const seen = new Set(ours.map((e) => `${e.act} ${e.outcome}`))
  for (const wanted of ['auth.passkey.add done', 'auth.passkey.remove done', 'auth.login done', 'auth.prove done']) {
    assert.ok(seen.has(wanted), wanted)
  }
  const reasons = new Set(all.filter((e) => e.act === 'auth.login').map((e) => e.reason))
  for (const wanted of ['client data of another origin', 'no such challenge, used, or too late', 'wrong signature',
    'the user was not verified', 'the passkey\'s counter went back', 'no such passkey']) assert.ok(reasons.has(wanted), wanted)
  const words = JSON.stringify(all)
  for (const word of [...recovery, assertion.credential, assertion.signature, assertion.user_handle, client.email]) {
    assert.ok(!words.includes(word), word)
  }
})
