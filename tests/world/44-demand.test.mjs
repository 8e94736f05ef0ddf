// A second factor is demanded: switched on in the configuration, of a client any, of staff a passkey; who has none gets
// no further than adding one, on the page and past it; and switched off again.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash, createHmac } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openPage, screens } from './browser.mjs'
import { addUser, bin, Client, config, demo, isUp, latest, newPassword, origin, setPassword, signUp, sql, sv, universe, until }
  from './world.mjs'

const file = process.env.BIJLI_CONFIG
const written = readFileSync(file, 'utf8')
const at = (id) => page.getByTestId(id).filter({ visible: true }).first()
const shot = (name) => page.screenshot({ path: join(screens, `factor-${name}.png`) })
let dir, page, refused, devtools, client, older, admin, app, recovery

const lacks = ({ status, body, text }) => assert.deepEqual([status, body?.error?.code], [403, 'factor_required'], text)
async function demand(demanded) {
  writeFileSync(file, demanded ? JSON.stringify({ ...config, identity: { ...config.identity, demand: demanded } }) : written)
  sv('restart', 'control')
  await until('control again', async () => isUp('control') && (await new Client().get('/health')).status === 200)
}
function code(secret) {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)))
  const mac = createHmac('sha1', Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))).update(step).digest()
  return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1e6).padStart(6, '0')
}
// Else the code that confirmed the app would be good for nothing more.
const confirmed = async (who, secret) => {
  const made = await who.ok('POST', '/auth/totp/confirm', { code: code(secret) })
  await sql(`UPDATE totp_factors SET last_step = 1 WHERE user_id = ${who.user.id}`)
  return made
}
async function again({ email, password }) {
  const other = new Client()
  await other.login(email, password)
  return other
}
async function streamEnds(person) {
  const socket = await person.stream()
  try {
    await until('the stream to be closed', () => socket.readyState === socket.CLOSED, 5000)
  } finally {
    socket.terminate()
  }
  return socket.got.length
}

before(async () => {
  let context
  ;({ context, page, refused, dir } = await openPage())
  devtools = await context.newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'internal',
    hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } })
  ;[client, admin] = [await signUp(), await addUser('admin')]
  older = await again(client)
  const made = await client.ok('POST', '/apps', { name: 'Robot', redirect_url: 'https://robot.example.com/back', scopes: ['profile', 'market.read'], kite_library: true })
  const { redirect } = await client.ok('POST', '/connect', { api_key: made.app.api_key })
  const [key, request_token] = [made.app.api_key, new URL(redirect).searchParams.get('request_token')]
  const checksum = createHash('sha256').update(key + request_token + made.api_secret).digest('hex')
  const answer = await fetch(`${config.apps.url}/session/token`, { method: 'POST', headers: { 'X-Kite-Version': '3' },
    body: new URLSearchParams({ api_key: key, request_token, checksum }) })
  const { data } = await answer.json()
  app = (path) => new Client().request('GET', path, undefined, { authorization: `token ${key}:${data.access_token}` })
  assert.equal((await app('/market/quotes')).status, 200)
  assert.deepEqual((({ factor_due, factor_demanded }) => [factor_due, factor_demanded])((await client.ok('GET', '/me')).user), ['', 'none'])
})
after(async () => {
  if (readFileSync(file, 'utf8') !== written) await demand(null)
})

async function logInPage({ email, password }) {
  await page.goto(`${origin}/login`)
  await at('login-email').fill(email)
  await at('login-password').fill(password)
  await at('login-submit').click()
}
const isIn = () => page.waitForURL((url) => !['/login', '/factor'].includes(url.pathname))
async function logOut() {
  await page.goto(`${origin}/account`)
  await at('logout').click()
  await at('login-submit').waitFor()
}
// Wherever the page is sent, it comes back.
async function staysAtFactor(paths) {
  for (const path of paths) {
    await page.goto(`${origin}${path}`)
    await at('factor-first').waitFor()
    assert.equal(new URL(page.url()).pathname, '/factor')
  }
}

test('what it may be is said at start', () => {
  const bad = join(dir, 'bad.json')
  for (const [value, wanted] of [
    [{ staff: 'totp' }, 'identity.demand.staff must be none, factor or passkey'],
    [{ client: '' }, 'identity.demand.client must be none, factor or passkey'],
    ['none', 'identity.demand must be an object with client and staff, and nothing else'],
  ]) {
    writeFileSync(bad, JSON.stringify({ ...config, identity: { ...config.identity, demand: value } }))
    const { status, stdout, stderr } = spawnSync(bin('bijli-control'), ['--config', bad], { encoding: 'utf8' })
    assert.equal(status, 1)
    assert.ok((stdout + stderr).includes(wanted), stdout + stderr)
  }
})

test('switched on: who has none gets no further than adding one; sockets, apps and consent neither', async () => {
  await demand({ client: 'factor', staff: 'passkey' })
  const { user } = await client.ok('GET', '/me')
  assert.deepEqual([user.factor_due, user.factor_demanded], ['enrol', 'factor'])
  const order = { client_order_id: '1', symbol: universe[0].symbol, side: 'BUY', type: 'LIMIT', tif: 'DAY', qty: 1, price_paise: 100 }
  lacks(await client.request('POST', '/orders', order))
  for (const path of ['/market/quotes', '/market/ticket', '/orders', '/positions', '/watchlist', '/apps', '/me/privacy', '/me/activity', '/status']) {
    lacks(await client.get(path))
  }
  lacks(await client.request('POST', '/connect', { api_key: 'abcdefghijklmnop' }))
  lacks(await client.request('POST', '/auth/password', { old: client.password, password: newPassword() }))
  lacks(await client.request('POST', '/me/contact/email', { email: 'x@example.com' }))
  lacks(await app('/market/quotes'))
  lacks(await app('/me'))
  assert.equal(await streamEnds(client), 0)
  for (const path of ['/me/sessions', '/auth/security', '/auth/passkeys', '/me/contact']) await client.ok('GET', path)
  assert.equal((await admin.ok('GET', '/me')).user.factor_demanded, 'passkey')
  lacks(await admin.get('/admin/users'))
  // Nor does a link in a mail help.
  await client.ok('POST', '/auth/forgot', { email: client.email })
  const [, token] = await until('the mail', async () => /reset#token=([\w-]+)/.exec((await latest(client.email))?.text ?? ''))
  client.password = newPassword()
  assert.equal((await setPassword({ token, password: client.password, phone: client.phone })).status, 200)
  ;[client, older] = [Object.assign(await again(client), { email: client.email, password: client.password }), await again(client)]
  assert.equal(client.user.factor_due, 'enrol')
  lacks(await client.get('/positions'))
})

test('the page leads a client there, in 390 px, and nowhere else', async () => {
  await logInPage(client)
  await at('factor-first').waitFor()
  await shot('client-390')
  await at('factor-meanwhile').click()
  await at('sessions-end-others').click()
  await until('the others to be out', async () => (await page.getByTestId('session-row').count()) === 1)
  assert.equal(await at('email-now').innerText(), client.email)
  assert.equal(await page.getByTestId('email-change').count(), 0)
  await shot('meanwhile-390')
  ;[client, older] = [Object.assign(await again(client), { email: client.email, password: client.password }), await again(client)]
  await staysAtFactor(['/', '/orders', '/account/security', '/account/apps', '/connect/login?api_key=abcdefghijklmnop'])
  await at('logout').click()
  await at('login-submit').waitFor()
})

test('an app does for a client; the last one stays; a session from before is to prove it', async () => {
  const { secret } = await client.ok('POST', '/auth/totp')
  recovery = (await confirmed(client, secret)).recovery_codes
  await client.ok('GET', '/market/quotes')
  assert.equal((await client.ok('GET', '/me')).user.factor_due, '')
  const socket = await client.stream()
  await until('hello', () => socket.got.some(({ type }) => type === 'hello'))
  socket.terminate()
  const gone = await client.request('DELETE', '/auth/totp')
  assert.deepEqual([gone.status, gone.body.error.code], [409, 'conflict'], gone.text)
  assert.match(gone.body.error.text, /second factor is demanded/)
  assert.equal((await older.ok('GET', '/me')).user.factor_due, 'prove')
  lacks(await older.get('/positions'))
  lacks(await older.request('POST', '/auth/recovery'))
  assert.equal((await older.request('POST', '/auth/prove', { password: client.password })).status, 400)
  await older.ok('POST', '/auth/prove', { code: code(secret) })
  await older.ok('GET', '/positions')
  const { body } = await new Client().request('POST', '/auth/login', { email: client.email, password: client.password })
  const lost = new Client()
  await lost.ok('POST', '/auth/login/factor', { pending: body.pending, code: recovery[0] })
  await lost.ok('GET', '/positions')
})

test('an admin is led to a passkey; an app is not enough', async () => {
  const { secret } = await admin.ok('POST', '/auth/totp')
  await admin.ok('POST', '/auth/totp/confirm', { code: code(secret) })
  assert.equal((await admin.ok('GET', '/me')).user.factor_due, 'enrol')
  lacks(await admin.get('/admin/users'))
  await page.setViewportSize({ width: 1280, height: 800 })
  const bare = await addUser('admin')
  await logInPage(bare)
  await at('factor-first').waitFor()
  assert.equal(await page.getByTestId('totp-enrol').count(), 0)
  await shot('admin-1280')
  await staysAtFactor(['/admin/halts', '/admin/approvals', '/status'])
  await at('passkey-add').click()
  await at('passkey-name').fill('Key')
  await at('passkey-submit').click()
  await at('recovery-codes').waitFor()
  recovery.push(...(await page.getByTestId('recovery-codes').locator('li').allInnerTexts()).map((text) => text.trim()))
  await shot('codes-1280')
  await at('recovery-done').click()
  await isIn()
  await page.goto(`${origin}/account/security`)
  await page.getByTestId('passkey-remove').click()
  await at('passkey-remove-confirm').click()
  await page.getByText('a passkey is demanded of you').waitFor()
  // Other sessions of this person have not proved it; and after the password it is asked for.
  assert.equal((await bare.ok('GET', '/me')).user.factor_due, 'prove')
  lacks(await bare.get('/admin/users'))
  lacks(await bare.request('POST', '/auth/passkeys/challenge'))
  await page.getByLabel('Close').click()
  await logOut()
  await logInPage(bare)
  await at('factor-passkey').click()
  await isIn()
})

test('a session from before it was demanded proves it on the page', async () => {
  await demand(null)
  await logOut()
  const late = await addUser('client')
  await logInPage(late)
  await isIn()
  const { secret } = await late.ok('POST', '/auth/totp')
  await confirmed(late, secret)
  await page.goto(`${origin}/orders`)
  assert.equal(new URL(page.url()).pathname, '/orders') // nothing is demanded
  await demand({ client: 'factor', staff: 'none' })
  await page.setViewportSize({ width: 390, height: 844 })
  await staysAtFactor(['/orders'])
  await shot('prove-390')
  await page.getByLabel(/code/i).first().fill(code(secret))
  await at('proof-submit').click()
  await page.waitForURL((url) => url.pathname === '/orders')
  assert.equal((await (await demo('admin')).get('/admin/users')).status, 200)
})

test('switched off again, all is as before; refusals are in the log', async () => {
  await demand(null)
  const plain = await addUser('client')
  await plain.ok('GET', '/positions')
  await admin.ok('GET', '/admin/users')
  assert.equal((await app('/market/quotes')).status, 401) // the link in the mail has ended it
  const log = execFileSync('grep', ['-rhc', 'factor_required', `${process.env.BIJLI_VAR}/log/control`], { encoding: 'utf8' })
  assert.ok(log.split('\n').some((count) => Number(count) > 0), log)
  assert.deepEqual(refused, [])
})
