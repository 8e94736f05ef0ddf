// What the database holds of people: sealed, and under new keys when there are some.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { Client, config, ctl, demo, signUp, sql, until } from './world.mjs'

const owner = config.postgres.control.replace(/user=.*/, 'user=postgres')
// Everything there is, as a thief of the database or of its backup would have it.
const dump = () => execFileSync('pg_dump', ['--inserts', '-d', owner], { maxBuffer: 1 << 28 }).toString()
const keys = async () => JSON.parse((await ctl('--json', 'keys', 'list')).out)

let person

test('a dump of the database has no name and no address in it', async () => {
  person = await signUp('Asha Findme')
  const text = dump()
  assert.ok(text.includes('INSERT INTO public.users'))
  for (const word of ['@bijli.localhost', 'Demo Client', 'Demo Broker', 'Demo Admin', person.email, 'Findme']) {
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
      name_sealed = NULL, phone_hash = NULL, phone_sealed = NULL WHERE user_id = ${user.id}; COMMIT`)
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
  assert.match((await ctl('keys', 'rotate', 'lookup', '--reason', 'x')).err, /does not change/)
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
