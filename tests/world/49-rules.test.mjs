// Rules of the front door that weigh more than comfort: leaked passwords, how long a code lives, which passkeys, who
// may type a password for somebody else, and the end of sessions, one's own and everybody's.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openPage, screens } from './browser.mjs'
import { replica, streamAt, there } from './replica.mjs'
import { addUser, bin, Client, config, ctl, demo, latest, newPassword, newPhone, origin, redis, register, signUp, sleep, sql,
  until } from './world.mjs'

const dir = mkdtempSync(join(tmpdir(), 'bijli-rules.'))
after(() => rmSync(dir, { recursive: true }))
// bijli-control with something else in its configuration.
function control(more, args = [], input = '') {
  const file = join(dir, 'bijli.json')
  writeFileSync(file, JSON.stringify({ ...config, ...more }))
  const { status, stdout, stderr } = spawnSync(bin('bijli-control'), ['--config', file, ...args], { input, encoding: 'utf8' })
  return { status, said: stdout + stderr }
}
const identity = (more) => ({ identity: { ...config.identity, ...more } })
const address = () => `rules${randomBytes(5).toString('hex')}@example.com`
// The session's last proof is an hour old, in the record and in every copy.
async function ageProof(who) {
  const hash = createHash('sha256').update(who.cookie.split('=')[1]).digest('hex')
  await sql(`BEGIN; SET LOCAL session_replication_role = replica; UPDATE sessions SET proved_at = now() - interval '1 hour'
    WHERE token_hash = '\\x${hash}'; COMMIT`)
  await redis('del', `session:${hash}`)
  await sleep(1100) // the server's own copy
}
const codeOf = ({ body }) => body?.error?.code

// Nothing in it is a word of cracklib's: only the list knows it.
const LEAKED = 'Soso123aljg'
const leaks = (answer, field) => {
  assert.deepEqual([answer.status, answer.body.error.field], [400, field], answer.text)
  assert.match(answer.body.error.text, /among those that have leaked/)
}

test('a password that has leaked is no new one, whichever way it comes', { timeout: 60000 }, async () => {
  leaks(await register(new Client(), { email: address(), name: 'R', phone: newPhone(), password: LEAKED }), 'password')
  const person = await signUp('Rules')
  leaks(await person.request('POST', '/auth/password', { old: person.password, password: LEAKED }), 'password')
  await new Client().ok('POST', '/auth/forgot', { email: person.email })
  const [, token] = await until('the link', async () => /reset#token=([\w-]+)/.exec((await latest(person.email))?.text ?? ''))
  leaks(await new Client().request('POST', '/auth/reset', { token, password: LEAKED }), 'password')
  const { status, said } = control({}, ['--add-user', address(), 'R', 'client'], `${LEAKED}\n`)
  assert.deepEqual([status, /among those that have leaked/.test(said)], [2, true], said)
})

test('the list is Have I Been Pwned\'s form, and what is wrong with it is said at start', { timeout: 60000 }, () => {
  const file = join(dir, 'pwned.txt')
  const sha1 = (text) => createHash('sha1').update(text).digest('hex').toUpperCase()
  const list = (lines, end = '\r\n') => writeFileSync(file, lines.map((line) => line + end).join(''))
  const mine = newPassword()
  const add = (password) => control(identity({ leaked_file: file }), ['--add-user', address(), 'R', 'client'], `${password}\n`)
  list([sha1('password'), sha1(mine), sha1(newPassword())].sort().map((hash, i) => `${hash}:${i * 1000}`))
  assert.match(add(mine).said, /among those that have leaked/)
  assert.equal(add(newPassword()).status, 0)
  for (const [lines, wanted] of [
    [[`${sha1('a').toLowerCase()}:1`], 'line 1: no SHA-1 of 40 hex digits in upper case'],
    [['F', '0'].map((digit) => `${digit.repeat(40)}:1`), 'line 2: not sorted, or there twice'],
    [['0'.repeat(40)], "line 1: no ':' behind the SHA-1"],
    [[], 'is empty'],
  ]) {
    list(lines)
    const { status, said } = control(identity({ leaked_file: file }))
    assert.equal(status, 1)
    assert.ok(said.includes(`identity.leaked_file: ${wanted}`), said)
  }
  const { said } = control(identity({ leaked_file: join(dir, 'nowhere') }))
  assert.ok(said.includes('identity.leaked_file: cannot be read'), said)
})

test('a password that staff types is taken in a simulated world only', () => {
  const args = ['--add-user', address(), 'R', 'client']
  const { status, said } = control({ simulated: false }, args, `${newPassword()}\n`)
  assert.deepEqual([status, /in a simulated world only/.test(said)], [2, true], said)
  // Without one it comes further: to what else is not for production in this configuration.
  assert.doesNotMatch(control({ simulated: false }, args, '\n').said, /in a simulated world only/)
  assert.equal(control({}, args, '\n').status, 0)
})

function code(secret, off) {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + off))
  const mac = createHmac('sha1', Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))).update(step).digest()
  return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1e6).padStart(6, '0')
}

test('a code of the app lives as long as the configuration says; no new passkey is RSA', { timeout: 60000 }, async () => {
  const person = await addUser('client')
  const { secret } = await person.ok('POST', '/auth/totp')
  while (Date.now() % 30000 > 27000) await sleep(200) // else the step ends in between
  for (const off of [-3, -2, 1, 2]) {
    assert.equal(codeOf(await person.request('POST', '/auth/totp/confirm', { code: code(secret, off) })), 'wrong_factor')
  }
  await person.ok('POST', '/auth/totp/confirm', { code: code(secret, -1) }) // totp_late_steps of this world: 1
  const { said } = control(identity({ totp_late_steps: 2 }))
  assert.match(said, /identity\.totp_late_steps/)
  assert.deepEqual((await person.ok('POST', '/auth/passkeys/challenge')).algs, [-7, -8])
})

// --- sessions

const another = async ({ email, password }) => {
  const other = new Client()
  await other.login(email, password)
  return other
}
const isOut = async (who) => (await who.get('/me')).status === 401

test('to end another session of one\'s own asks for a proof; to log out asks for nothing', { timeout: 60000 }, async () => {
  const here = await signUp('Rules')
  const others = [await another(here), await another(here)]
  const { sessions } = await here.ok('GET', '/me/sessions')
  const far = sessions.find(({ current }) => !current)
  await ageProof(here)
  for (const path of [`/me/sessions/${far.id}`, '/me/sessions']) {
    assert.equal(codeOf(await here.request('DELETE', path)), 'step_up_required')
  }
  for (const who of others) assert.equal(await isOut(who), false)
  await here.ok('POST', '/auth/prove', { password: here.password })
  assert.equal((await here.request('DELETE', `/me/sessions/${far.id}`)).status, 204)
  assert.equal((await here.ok('DELETE', '/me/sessions')).ended, 1)
  for (const who of others) assert.equal(await isOut(who), true)
  await ageProof(here)
  await here.ok('POST', '/auth/logout')
  assert.equal(await isOut(here), true)
})

test('on the page: asked who it is, then the other one is out', { timeout: 60000 }, async () => {
  const { context, page, refused } = await openPage()
  const at = (id) => page.getByTestId(id).filter({ visible: true }).first()
  const person = await signUp('Rules')
  await page.goto(`${origin}/login`)
  await at('login-email').fill(person.email)
  await at('login-password').fill(person.password)
  await at('login-submit').click()
  await page.waitForURL((url) => url.pathname !== '/login')
  const [cookie] = (await context.cookies()).filter(({ name }) => name.includes('session'))
  await ageProof({ cookie: `${cookie.name}=${cookie.value}` })
  await page.goto(`${origin}/account/security`)
  await at('session-end').click()
  await at('proof-password').waitFor()
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 844 })
    await page.screenshot({ path: join(screens, `session-end-${width}.png`) })
  }
  assert.equal(await isOut(person), false)
  await at('proof-password').fill(person.password)
  await at('proof-submit').click()
  await until('one session left', async () => (await page.getByTestId('session-row').count()) === 1)
  assert.equal(await isOut(person), true)
  assert.deepEqual(refused, [])
})

test('everybody out at once, or all of a role, at every server', { timeout: 60000 }, async () => {
  const [support, auditor, admin] = [await addUser('support'), await addUser('auditor'), await addUser('admin')]
  const sockets = async (who) => [await streamAt((await replica()).base, who), await streamAt(origin, who)]
  const ofSupport = await sockets(support)
  assert.equal((await support.request('POST', '/admin/sessions/revoke', { reason: 'r' })).status, 403)
  await ageProof(admin)
  assert.equal(codeOf(await admin.request('POST', '/admin/sessions/revoke', { reason: 'r' })), 'step_up_required')
  await admin.ok('POST', '/auth/prove', { password: admin.password })
  assert.equal((await admin.request('POST', '/admin/sessions/revoke', {})).body.error.field, 'reason')
  assert.equal((await admin.request('POST', '/admin/sessions/revoke', { reason: 'r', role: 'operator' })).body.error.field, 'role')

  let from = Date.now()
  const told = await ctl('session', 'end-all', 'support', '--reason', 'a leak at support')
  assert.match(told.out, /[1-9]\d* sessions and \d+ tokens of apps are ended/, told.err)
  for (const socket of ofSupport) assert.ok(await socket.ended - from < 1500)
  assert.deepEqual([await isOut(support), await isOut(auditor), await isOut(admin)], [true, false, false])
  assert.equal(await there({ cookie: support.cookie }), 401)

  const ofAuditor = await sockets(auditor)
  // Many, as on a day like any other.
  const MANY = 2000
  await sql(`WITH e AS (SELECT audit_append('setup', 'none', 'test.tell', 'x', 'done', NULL, NULL, NULL, 'local', NULL))
    INSERT INTO sessions (user_id, token_hash, csrf, proved_at, expires_at, address) SELECT ${auditor.user.id},
    sha256(('many' || i)::bytea), repeat('c', 43), now(), now() + interval '1 day', 'x' FROM e, generate_series(1, ${MANY}) i`)
  from = Date.now()
  const { ended } = await admin.ok('POST', '/admin/sessions/revoke', { reason: 'a leak' })
  const took = Date.now() - from
  assert.ok(ended > MANY)
  for (const socket of ofAuditor) await socket.ended
  console.log(`# ${ended} sessions ended in ${took} ms`)
  assert.deepEqual([await isOut(auditor), await isOut(admin)], [true, false])
  const { entries } = await admin.ok('GET', '/admin/audit?act=session.revoke.all&limit=2')
  assert.deepEqual(entries.map((e) => [e.actor, e.subject, e.reason]),
    [[`user:${admin.user.id}`, 'sessions:all', 'a leak'], ['operator', 'sessions:support', 'a leak at support']])
  assert.equal(JSON.parse(entries[0].after).sessions_ended, ended)
  await another(auditor) // and in again
})
