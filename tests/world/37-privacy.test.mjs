// What the database holds of people: sealed, and under new keys when there are some.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { Client, config, ctl, demo, redis, signUp, sleep, sql, until } from './world.mjs'

const owner = config.postgres.control.replace(/user=.*/, 'user=postgres')
// Everything there is, as a thief of the database or of its backup would have it.
const dump = () => execFileSync('pg_dump', ['--inserts', '-d', owner], { maxBuffer: 1 << 28 }).toString()
const keys = async () => JSON.parse((await ctl('--json', 'keys', 'list')).out)

let person

test('a dump of the database has no name and no address in it', async () => {
  person = await signUp('Asha Findme')
  const text = dump()
  assert.ok(text.includes('INSERT INTO public.users'))
  for (const word of ['@bijli.localhost', 'Demo Client', 'Demo Broker', 'Demo Admin', person.email, person.phone.slice(3), 'Findme']) {
    const at = text.indexOf(word)
    assert.equal(at, -1, `${word}: ...${text.slice(Math.max(0, at - 200), at + 80)}`)
    // Nor as the bytes of a bytea.
    assert.ok(!text.includes(Buffer.from(word).toString('hex')), word)
  }
})

test('a row from before is sealed by itself, and its person found all the while', async () => {
  const { user } = person
  // As it was before 0012: the test opens nothing, it knows the words.
  await sql(`BEGIN; SELECT audit_append('setup', 'none', 'test.clear', 'x', 'done', NULL, NULL, NULL, 'local', NULL);
    UPDATE users SET email = '${person.email}', name = 'Asha Findme', email_hash = NULL, email_sealed = NULL,
      name_sealed = NULL, phone_hash = NULL, phone_sealed = NULL, phone_verified_at = NULL WHERE user_id = ${user.id}; COMMIT`)
  const again = await new Client().login(person.email, person.password)
  assert.deepEqual([again.id, again.name], [user.id, 'Asha Findme'])
  const { code, out } = await ctl('keys', 'reseal', '--reason', 'a test')
  assert.equal(code, 0)
  assert.match(out, /, 0 left/)
  assert.ok(!dump().includes(person.email))
  assert.equal((await new Client().login(person.email, person.password)).id, user.id)
})

test('a new key: people go on logging in, and everything is sealed anew', async () => {
  const before = (await keys()).keys.find((key) => key.category === 'contact' && key.newest)
  assert.match((await ctl('keys', 'rotate', 'none', '--reason', 'x')).err, /the categories are/)
  let stop = false
  let logins = 0
  const busy = (async () => {
    while (!stop) {
      assert.equal((await new Client().login(person.email, person.password)).email, person.email)
      logins++
    }
  })()
  const { out } = await ctl('keys', 'rotate', 'contact', '--reason', 'a test')
  const id = /new key is (\d+)/.exec(out)[1]
  assert.ok(Number(id) > Number(before.id))
  assert.equal((await ctl('keys', 'reseal', '--reason', 'a test')).code, 0)
  await until('some log-ins', () => logins > 2)
  stop = true
  await busy
  const now = await keys()
  assert.equal(now.left, 0)
  assert.equal(now.keys.find((key) => key.category === 'contact' && key.newest).id, id)
  const old = await sql(`SELECT count(*) FROM users WHERE sealed_by(email_sealed) <> ${id} OR sealed_by(name_sealed) <> ${id}`)
  assert.equal(old[0][0], '0')
  const listed = await ctl('keys', 'list')
  assert.match(listed.out, new RegExp(`${id}\\s+contact\\s+file .*seals`))
})

test('only an admin sees the keys, and nobody their bytes', async () => {
  const client = await demo('client')
  assert.equal((await client.get('/admin/keys')).status, 403)
  assert.equal((await client.request('POST', '/admin/keys/contact/rotate', { reason: 'x' })).status, 403)
  const admin = await demo('admin')
  const { text } = await admin.get('/admin/keys')
  for (const [wrapped] of await sql('SELECT wrapped FROM data_keys')) {
    assert.ok(!text.includes(wrapped.split(':').at(-1)))
  }
})

test('a copy: JSON with all tables, a PDF that can be read, for oneself only', async () => {
  const { export: copy } = await person.ok('POST', '/me/export', { format: 'json' })
  assert.deepEqual([copy.person.name, copy.person.email], ['Asha Findme', person.email])
  const rows = (table) => copy.sections.find((section) => section.table === table).rows
  assert.equal(rows('users')[0].user_id, Number(person.user.id))
  assert.ok(rows('sessions').length >= 3)
  assert.ok(rows('audit_entries').some((entry) => entry.act === 'auth.login'))
  for (const word of [person.password, person.csrf, person.cookie.split('=')[1], 'argon2', 'bijli.localhost']) {
    assert.ok(!JSON.stringify(copy).includes(word), word)
  }
  await person.ok('PATCH', '/me', { name: 'आशा Findme' })
  const { pdf } = await person.ok('POST', '/me/export', { format: 'pdf' })
  await person.ok('PATCH', '/me', { name: 'Asha Findme' })
  const text = execFileSync('pdftotext', ['-layout', '-', '-'], { input: Buffer.from(pdf, 'base64') }).toString()
  for (const word of ['What Bijli holds of you', 'आशा Findme', person.email, 'Your orders', 'Where you are logged in', '5 years']) {
    assert.ok(text.includes(word), word)
  }
  assert.equal((await new Client().request('POST', '/me/export', { format: 'json' })).status, 401)
  // Without a fresh proof there is none.
  await sql(`BEGIN; SELECT audit_append('setup', 'none', 'test.stale', 'x', 'done', NULL, NULL, NULL, 'local', NULL);
    UPDATE sessions SET proved_at = 'epoch' WHERE user_id = ${person.user.id}; COMMIT`)
  await redis('FLUSHALL')
  await sleep(1100) // the server's own copy
  const stale = await person.request('POST', '/me/export', { format: 'json' })
  assert.equal(stale.body.error.code, 'step_up_required')
  await person.ok('POST', '/auth/prove', { password: person.password })
})

test('consent: given and withdrawn alike, and both are kept', async () => {
  const news = async () => (await person.ok('GET', '/me/privacy')).consents.find((c) => c.purpose === 'product_news')
  assert.equal((await news()).given, false)
  for (const given of [true, false]) {
    await person.ok('POST', '/me/consents', { purpose: 'product_news', version: 1, given })
    assert.equal((await news()).given, given)
  }
  assert.equal((await person.request('POST', '/me/consents', { purpose: 'account', version: 2, given: false })).status, 409)
  const kept = await sql(`SELECT given FROM consents WHERE user_id = ${person.user.id} ORDER BY consent_id`)
  assert.deepEqual(kept.flat(), ['t', 'f'])
})

test('a correction: the new name is everywhere at once', async () => {
  await person.ok('PATCH', '/me', { name: 'Asha Correct' })
  assert.equal((await person.ok('GET', '/me')).user.name, 'Asha Correct')
  assert.equal((await new Client().login(person.email, person.password)).name, 'Asha Correct')
})

test('erasure: asked, taken back, asked again, and done when the notice is over', async () => {
  const { erasure } = await person.ok('POST', '/me/erasure')
  assert.equal(Date.parse(erasure.due) - Date.parse(erasure.asked), 48 * 3600 * 1000)
  assert.equal((await person.request('DELETE', '/me/erasure')).status, 204)
  await person.ok('POST', '/me/erasure')
  const run = async () => JSON.parse((await ctl('--json', 'privacy', 'run', '--reason', 'a test')).out)
  assert.equal((await run()).erased, 0)
  assert.equal((await person.get('/me')).status, 200)
  await sql(`BEGIN; SELECT audit_append('setup', 'none', 'test.late', 'x', 'done', NULL, NULL, NULL, 'local', NULL);
    UPDATE erasures SET asked_at = asked_at - interval '3 days', due_at = due_at - interval '3 days'
      WHERE withdrawn_at IS NULL; COMMIT`)
  assert.equal((await run()).erased, 1)
  assert.equal((await person.get('/me')).status, 401)
  const again = await new Client().request('POST', '/auth/login', { email: person.email, password: person.password })
  assert.equal(again.status, 401)
  const left = await sql(`SELECT email_sealed IS NULL AND name_sealed IS NULL AND erased_at IS NOT NULL,
    (SELECT count(*) FROM sessions s WHERE s.user_id = u.user_id) FROM users u WHERE user_id = ${person.user.id}`)
  assert.deepEqual(left, [['t', '0']])
  const said = await sql(`SELECT outcome FROM audit_entries WHERE act = 'privacy.erase' AND subject = 'user:${person.user.id}' ORDER BY seq`)
  assert.deepEqual(said.flat(), ['asked', 'asked', 'done'])
  const mail = await until('the last mail', async () => {
    const answer = await fetch(`http://127.0.0.1:${config.mail.http_port}/latest?to=${encodeURIComponent(person.email)}`)
    const got = answer.ok && (await answer.json())
    return got && /is erased/.test(got.text) && got
  })
  assert.match(mail.text, /audit trail/)
})
