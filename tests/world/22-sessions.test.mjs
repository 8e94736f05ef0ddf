// Where somebody is logged in: listed, named, ended, by themselves and by an operator.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client, ctl, demo, signUp } from './world.mjs'

const sessions = async (client) => (await client.ok('GET', '/me/sessions')).sessions
async function another(person, password = person.password) {
  const client = new Client()
  await client.login(person.email, password)
  return client
}
const isOut = async (client) => (await client.get('/me')).status === 401

test('a person sees, names and ends their sessions, and nobody else\u2019s', async () => {
  const here = await signUp('Session Owner')
  const there = await another(here)
  const stranger = await signUp('Stranger')
  const both = await sessions(here)
  assert.equal(both.length, 2)
  assert.deepEqual(both.map((s) => s.current).sort(), [false, true])
  const far = both.find((s) => !s.current)
  assert.match(far.id, /^[0-9a-f]{16}$/)
  assert.ok(!JSON.stringify(both).includes(there.cookie.split('=')[1]))
  assert.ok(Date.parse(far.expires) > Date.parse(far.idle_until) && Date.parse(far.idle_until) > Date.now())
  assert.equal((await stranger.request('DELETE', `/me/sessions/${far.id}`)).status, 404)
  assert.equal((await stranger.request('PATCH', `/me/sessions/${far.id}`, { name: 'Mine' })).status, 404)
  await here.ok('PATCH', `/me/sessions/${far.id}`, { name: 'Phone' })
  assert.equal((await sessions(there)).find((s) => s.current).name, 'Phone')
  const stream = await there.stream()
  const closed = new Promise((resolve) => stream.on('close', resolve))
  assert.equal((await here.request('DELETE', `/me/sessions/${far.id}`)).status, 204)
  assert.ok(await isOut(there))
  await closed
  assert.equal((await sessions(here)).length, 1)
  await another(here)
  await another(here)
  assert.equal((await here.ok('DELETE', '/me/sessions')).ended, 2)
  assert.equal((await sessions(here)).length, 1)
})

test('an operator sees and ends anybody\u2019s; a client does not', async () => {
  const person = await signUp('Lost Phone')
  const admin = await demo('admin')
  const [own] = await sessions(person)
  const found = (await admin.ok('GET', `/admin/sessions?user_id=${person.user.id}`)).sessions
  assert.deepEqual(found.map((s) => s.id), [own.id])
  assert.equal((await person.get('/admin/sessions')).status, 403)
  assert.equal((await person.request('POST', `/admin/sessions/${own.id}/revoke`, { reason: 'no' })).status, 403)
  assert.equal((await admin.request('POST', `/admin/sessions/${own.id}/revoke`, {})).body.error.field, 'reason')
  const listed = await ctl('session', 'list', person.user.id)
  assert.equal(listed.code, 0, listed.err)
  assert.ok(listed.out.includes(own.id))
  const ended = await ctl('session', 'revoke', own.id, '--reason', 'lost the phone')
  assert.equal(ended.code, 0, ended.err)
  assert.ok(await isOut(person))
  assert.equal((await admin.request('POST', `/admin/sessions/${own.id}/revoke`, { reason: 'again' })).status, 404)
  const [entry] = (await admin.ok('GET', '/admin/audit?act=session.revoke&limit=1')).entries
  assert.deepEqual([entry.subject, entry.reason, JSON.parse(entry.before).user],
    [`session:${own.id}`, 'lost the phone', person.user.id])
})
