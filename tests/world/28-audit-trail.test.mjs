// The control plane's audit trail (docs/audit-trail.md): who did what is there; its proofs hold by arithmetic
// done once more here; whatever a superuser of the database does to it, verify names the first entry.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { after, before, test } from 'node:test'
import { Client, addUser, bin, byTwo, config, ctl, demo, health, isUp, signUp, sql, sv, universe, until } from './world.mjs'

const SYMBOL = universe[5].symbol
const place = mkdtempSync(`${tmpdir()}/bijli-trail.`)
after(() => rmSync(place, { recursive: true }))

// --- RFC 6962, and what an entry's bytes are, from docs/audit-trail.md alone

const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest()
const leafOf = (bytes) => sha256(Buffer.from([0]), bytes)
const nodeOf = (left, right) => sha256(Buffer.from([1]), left, right)
const field = (text) => (text === null ? '-,' : `${Buffer.byteLength(text)}:${text},`)
const bytesOf = (e) => Buffer.from(['bijli-audit-1', String(e.seq), String(e.at_us), e.actor, e.role, e.act, e.subject,
  e.outcome, e.reason, e.before, e.after, e.address, e.elevation].map(field).join(''))

function rootOf(leaves) {
  if (leaves.length === 0) return sha256()
  if (leaves.length === 1) return leaves[0]
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return nodeOf(rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)))
}
function rootByPath(leaf, index, size, path) {
  if (size === 1) return path.length === 0 ? leaf : null
  let split = 1
  while (split * 2 < size) split *= 2
  const last = path[path.length - 1]
  const rest = path.slice(0, -1)
  return index < split ? nodeOf(rootByPath(leaf, index, split, rest), last)
    : nodeOf(last, rootByPath(leaf, index - split, size - split, rest))
}
function openNote(note) {
  const [body, signature] = [note.slice(0, note.indexOf('\n\n') + 1), note.slice(note.indexOf('\n\n') + 2)]
  const key = createPublicKey(readFileSync(config.trail.public_key_file))
  assert.ok(signature.startsWith('\u2014 bijli-audit '))
  const bytes = Buffer.from(signature.split(' ')[2], 'base64')
  assert.ok(verifySignature(null, Buffer.from(body), key, bytes.subarray(4)), 'signature')
  const [origin, size, root] = body.split('\n')
  assert.equal(origin, 'bijli-audit')
  return { size: Number(size), root: Buffer.from(root, 'base64') }
}

// --- asking

let admin, compliance
const entries = async (query) => (await admin.ok('GET', `/admin/audit?${query}`)).entries
const newest = async () => (await entries('limit=1'))[0].seq
const allEntries = async () => {
  const all = []
  for (;;) {
    const page = await entries(`limit=500&after=${all.length ? all[all.length - 1].seq : 0}`)
    all.push(...page)
    if (page.length < 500) return all
  }
}
// Every entry there is is under a head.
const allSigned = () => until('a head over all entries', async () => {
  const answer = await admin.get('/admin/audit/head')
  return answer.status === 200 && answer.body.head.size === await newest() && answer.body.head
})
async function verify(...args) {
  const { code, out, err } = await ctl('audit', 'verify', '--json', ...args)
  assert.ok(code < 2, err)
  return JSON.parse(out)
}

before(async () => {
  admin = await demo('admin')
  compliance = await demo('compliance')
  await allSigned()
})

test('who did what is in the trail: people, operators, failures; no secret', async () => {
  const from = await newest()
  const person = await signUp('Asha Trail')
  const wrong = new Client()
  assert.equal((await wrong.request('POST', '/auth/login', { email: person.email, password: 'not the word' })).status, 401)
  await person.ok('PUT', '/watchlist', { symbols: [SYMBOL] })
  assert.equal((await person.request('POST', `/admin/instruments/${SYMBOL}/halt`, { reason: 'no right' })).status, 403)
  await admin.ok('POST', `/admin/instruments/${SYMBOL}/halt`, { reason: 'test of the trail' })
  await byTwo(compliance, 'resume', SYMBOL, '--reason', 'test of the trail ends')
  const secrets = [person.email, person.phone.slice(3), person.password, 'Asha', 'not the word', person.csrf, person.cookie.split('=')[1]]
  await person.ok('POST', '/auth/logout')
  const got = await entries(`after=${from}`)
  const id = `user:${person.user.id}`
  assert.deepEqual(got.map((e) => [e.actor, e.role, e.act, e.outcome]), [
    ['nobody', 'none', 'auth.register', 'done'],
    ['nobody', 'none', 'auth.confirm', 'done'],
    ['nobody', 'none', 'contact.code', 'asked'],
    [id, 'client', 'auth.login', 'done'],
    [id, 'client', 'contact.confirm', 'done'],
    ['nobody', 'none', 'auth.login', 'refused'],
    [id, 'client', 'watchlist.put', 'done'],
    [`user:${admin.user.id}`, 'admin', 'instrument.halt', 'asked'],
    [`user:${admin.user.id}`, 'admin', 'instrument.halt', 'done'],
    ['operator', 'admin', 'instrument.resume', 'asked'],
    ['operator', 'admin', 'instrument.resume', 'refused'], // by one
    ['operator', 'admin', 'elevation.ask', 'asked'],
    [`user:${compliance.user.id}`, 'compliance', 'elevation.approve', 'done'],
    [`user:${compliance.user.id}`, 'compliance', 'instrument.resume', 'asked'],
    [`user:${compliance.user.id}`, 'compliance', 'instrument.resume', 'done'],
    [id, 'client', 'auth.logout', 'done'],
  ])
  const [, , , , , refused, list, asked, done] = got
  assert.equal(refused.subject, id)
  assert.equal(refused.reason, 'wrong password')
  assert.deepEqual(JSON.parse(list.after), { symbols: [SYMBOL] })
  assert.equal(JSON.parse(asked.before).state, 'open')
  assert.equal(asked.reason, 'test of the trail')
  assert.equal(JSON.parse(asked.after).ref, JSON.parse(done.after).ref)
  assert.ok(got.every((e) => /^[0-9a-f.:]+$/.test(e.address)))
  const second = got.filter((e) => e.elevation !== null)
  assert.deepEqual(second.map((e) => [e.act, e.subject, JSON.parse(e.after).asker ?? '']),
    [['instrument.resume', `instrument:${SYMBOL}`, 'operator'], ['instrument.resume', `instrument:${SYMBOL}`, '']])
  const all = JSON.stringify(got)
  for (const secret of secrets) assert.ok(secret.length > 3 && !all.includes(secret), secret)
})

test('pages and filters', async () => {
  const failed = await entries('act=auth.login&limit=500')
  assert.ok(failed.length > 1 && failed.every((e) => e.act === 'auth.login'))
  assert.ok((await entries('act=instrument&limit=500')).every((e) => e.act.startsWith('instrument.')))
  assert.ok((await entries('actor=operator')).every((e) => e.actor === 'operator'))
  const [first, second] = await entries('limit=2')
  assert.equal(first.seq, second.seq + 1)
  assert.deepEqual((await entries(`before=${first.seq}&limit=1`)).map((e) => e.seq), [second.seq])
  assert.deepEqual((await entries(`from=${first.time}&limit=1`)).map((e) => e.seq), [first.seq])
  assert.equal((await entries('to=2026-01-01')).length, 0)
  for (const query of ['limit=0', 'limit=501', 'actor=a%25', 'act=A', 'from=yesterday', 'after=-1']) {
    const answer = await admin.get(`/admin/audit?${query}`)
    assert.equal(answer.status, 400, query)
    assert.equal(answer.body.error.field, query.split('=')[0])
  }
  assert.equal((await admin.get('/admin/audit/999999999')).status, 404)
  assert.equal((await admin.get('/admin/audit/0')).status, 404)
})

test('an auditor and compliance read it, and change nothing; others do not read it', async () => {
  for (const role of ['auditor', 'compliance']) {
    const reader = await addUser(role)
    assert.equal(reader.user.role, role)
    assert.ok((await reader.ok('GET', '/admin/audit?limit=5')).entries.length === 5)
    assert.equal((await reader.get('/admin/audit/1')).status, 200)
    assert.equal((await reader.request('POST', `/admin/instruments/${SYMBOL}/halt`, { reason: 'no' })).status, 403)
    assert.equal((await reader.get('/admin/orders')).status, role === 'auditor' ? 403 : 200)
    assert.equal((await reader.request('POST', '/orders', {})).status, 403)
  }
  for (const role of ['client', 'dealer']) {
    const other = await demo(role)
    for (const path of ['/admin/audit', '/admin/audit/1', '/admin/audit/head']) {
      assert.equal((await other.get(path)).status, 403, `${role} ${path}`)
    }
  }
  assert.equal((await new Client().get('/admin/audit')).status, 401)
})

test('leaves, chain, root, proofs and signature, each computed here once more', async () => {
  const { note } = await allSigned()
  const head = openNote(note)
  const all = await allEntries()
  const leaves = all.map((e) => leafOf(bytesOf(e)))
  let chain = Buffer.alloc(32)
  all.forEach((e, i) => {
    assert.equal(e.seq, i + 1)
    assert.equal(e.leaf, leaves[i].toString('hex'), `leaf of ${e.seq}`)
    chain = sha256(chain, leaves[i])
    assert.equal(e.chain, chain.toString('hex'), `chain at ${e.seq}`)
  })
  assert.equal(rootOf(leaves.slice(0, head.size)).toString('hex'), head.root.toString('hex'))
  for (const seq of [1, 2, Math.ceil(head.size / 2), head.size]) {
    const { inclusion, head: by } = await admin.ok('GET', `/admin/audit/${seq}`)
    const { size, root } = openNote(by.note)
    const path = inclusion.map((hex) => Buffer.from(hex, 'hex'))
    assert.equal(rootByPath(leaves[seq - 1], seq - 1, size, path).toString('hex'), root.toString('hex'))
  }
  const shown = await ctl('audit', 'show', '2')
  assert.equal(shown.code, 0, shown.out)
  assert.match(shown.out, /proof {5}good/)
})

test('heads in the file are consistent with each other, each is proved', async () => {
  const sizes = readFileSync(`${config.trail.dir}/heads`, 'utf8').match(/(?<=^bijli-audit\n)\d+/gm).map(Number)
  assert.ok(sizes.length > 2)
  for (const size of [sizes[0], sizes[sizes.length >> 1], sizes[sizes.length - 1]]) {
    const { code, out, err } = await ctl('audit', 'head', '--from', String(size))
    assert.equal(code, 0, out + err)
    assert.match(out, new RegExp(`good: it has all of the head of ${size} entries`))
  }
  assert.equal((await ctl('audit', 'head', '--from', '999999999')).code, 1)
})

test('an export is verified without the world; a changed line, a lost one, another key are seen', async () => {
  const exported = `${place}/export`
  const heads = `${place}/heads`
  await allSigned()
  assert.equal((await ctl('audit', 'export', exported)).code, 0)
  writeFileSync(heads, readFileSync(`${config.trail.dir}/heads`))
  const lines = readFileSync(exported, 'utf8').trimEnd().split('\n')
  const alone = (file, key = config.trail.public_key_file) => {
    try {
      return JSON.parse(execFileSync(bin('bijlictl'), ['audit', 'verify', '--json', '--entries', file, '--heads', heads,
        '--key', key], { cwd: '/', env: { PATH: process.env.PATH } }))
    } catch (error) {
      return JSON.parse(error.stdout)
    }
  }
  const good = alone(exported)
  assert.deepEqual([good.ok, good.entries, good.signed], [true, lines.length, lines.length])
  const put = (name, text) => { writeFileSync(`${place}/${name}`, text); return `${place}/${name}` }
  const changed = [...lines]
  changed[3] = changed[3].replace('"actor":"', '"actor":"user:99999","was":"')
  assert.equal(alone(put('changed', changed.join('\n'))).bad_seq, 4)
  assert.equal(alone(put('lost', [...lines.slice(0, 6), ...lines.slice(7)].join('\n'))).bad_seq, 7)
  assert.equal(alone(put('cut', lines.slice(0, -1).join('\n'))).bad_seq, lines.length)
  execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', `${place}/other`])
  execFileSync('openssl', ['pkey', '-in', `${place}/other`, '-pubout', '-out', `${place}/other.pub`])
  assert.match(alone(exported, `${place}/other.pub`).bad, /not signed by this key/)
})

// --- the superuser of the database

// Does it with every trigger and the CHECK out of the way, verifies, and puts all back as it was.
const kept = 'INSERT INTO audit_entries SELECT * FROM trail_kept'
async function tampered(statements) {
  await sql(`CREATE TABLE trail_kept AS SELECT * FROM audit_entries; CREATE TABLE head_kept AS SELECT * FROM audit_head;
    ALTER TABLE audit_entries DROP CONSTRAINT audit_leaf_is_of_entry`)
  try {
    await sql(`SET session_replication_role = replica; ${statements}`)
    const got = await verify()
    // Whoever appends now has its entry taken away below: then this is what went wrong.
    const late = await sql('SELECT act, actor FROM audit_entries WHERE at > (SELECT max(at) FROM trail_kept)')
    assert.deepEqual(late, [], 'somebody appended while the trail was tampered with')
    return got
  } finally {
    await sql(`SET session_replication_role = replica; DELETE FROM audit_entries; ${kept};
      UPDATE audit_head SET seq = k.seq, chain_hash = k.chain_hash FROM head_kept k;
      DROP TABLE trail_kept, head_kept;
      ALTER TABLE audit_entries ADD CONSTRAINT audit_leaf_is_of_entry CHECK (leaf_hash = audit_leaf(seq, at, actor,
        role, act, subject, outcome, reason, before_json, after_json, address, elevation))`)
  }
}
// All hashes from an entry on made anew: what somebody does who knows how they are made.
const rehash = (seq) => `DO $$
  DECLARE e audit_entries; before bytea := coalesce((SELECT chain_hash FROM audit_entries WHERE seq = ${seq} - 1),
    decode(repeat('00', 32), 'hex'));
  BEGIN
    FOR e IN SELECT * FROM audit_entries WHERE seq >= ${seq} ORDER BY seq LOOP
      e.leaf_hash := audit_leaf(e.seq, e.at, e.actor, e.role, e.act, e.subject, e.outcome, e.reason, e.before_json,
        e.after_json, e.address, e.elevation);
      e.chain_hash := sha256(before || e.leaf_hash);
      UPDATE audit_entries SET leaf_hash = e.leaf_hash, chain_hash = e.chain_hash WHERE seq = e.seq;
      before := e.chain_hash;
    END LOOP;
    UPDATE audit_head SET (seq, chain_hash) = (SELECT seq, chain_hash FROM audit_entries ORDER BY seq DESC LIMIT 1);
  END $$`

test('without switching the triggers off even the superuser is refused', async () => {
  for (const what of [`UPDATE audit_entries SET reason = 'x' WHERE seq = 3`, 'DELETE FROM audit_entries WHERE seq = 3',
    'TRUNCATE audit_entries', `UPDATE users SET role = 'admin' WHERE role = 'client'`]) {
    await assert.rejects(sql(what), /only ever added to|without an audit entry/, what)
  }
  assert.equal((await verify()).ok, true)
})

test('whatever the superuser changes, takes out or moves, verify names the first entry', async () => {
  const last = await newest()
  assert.ok(last > 12)
  await allSigned()
  const swap = `UPDATE audit_entries SET seq = 900000 WHERE seq = 9; UPDATE audit_entries SET seq = 9 WHERE seq = 10;
    UPDATE audit_entries SET seq = 10 WHERE seq = 900000`
  const cases = {
    'a change': [`UPDATE audit_entries SET actor = 'user:1' WHERE seq = 5`, 5, /entry 5 was changed/],
    'a change with its own hash': [`UPDATE audit_entries SET outcome = 'refused' WHERE seq = 6;
      UPDATE audit_entries SET leaf_hash = audit_leaf(seq, at, actor, role, act, subject, outcome, reason, before_json,
        after_json, address, elevation) WHERE seq = 6`, 6, /entry 6 does not follow/],
    'a change and all hashes after it': [`UPDATE audit_entries SET reason = 'another' WHERE seq = 7; ${rehash(7)}`, 7,
      /entry 7 is not the one that was signed/],
    'one taken out': ['DELETE FROM audit_entries WHERE seq = 8', 8, /entry 8 is missing/],
    'one taken out, numbers and hashes made anew': [`DELETE FROM audit_entries WHERE seq = 8;
      UPDATE audit_entries SET seq = seq + 100000 WHERE seq > 8;
      UPDATE audit_entries SET seq = seq - 100001 WHERE seq > 100000; ${rehash(8)}`, 8, /entry 8 is not the one that was signed/],
    'two in another order': [swap, 9, /entry 9 was changed/],
    'two in another order, all hashes made anew': [`${swap}; ${rehash(9)}`, 9, /entry 9 is not the one that was signed/],
    'the last one cut off': [`DELETE FROM audit_entries WHERE seq = ${last}; ${rehash(1)}`, last, new RegExp(`entry ${last} is missing`)],
    'all of it': ['TRUNCATE audit_entries; UPDATE audit_head SET seq = 0', 1, /entries from 1 on are missing/],
  }
  for (const [name, [statements, seq, words]] of Object.entries(cases)) {
    const got = await tampered(statements)
    assert.equal(got.ok, false, name)
    assert.equal(got.bad_seq, seq, `${name}: ${got.bad}`)
    assert.match(got.bad, words, name)
  }
  const again = await verify()
  assert.equal(again.ok, true, again.bad)
})

test('the server sees a change by itself, says so, signs nothing over it, and goes on once it is put right', async () => {
  sv('restart', 'control') // whatever it has seen of the tests before
  await until('control', async () => isUp('control') && (await new Client().get('/health')).status === 200)
  await until('the keeper', () => health('control').figures.trail_signed > 0)
  await sql(`ALTER TABLE audit_entries DROP CONSTRAINT audit_leaf_is_of_entry; SET session_replication_role = replica;
    CREATE TABLE trail_kept AS SELECT * FROM audit_entries WHERE seq = 2;
    UPDATE audit_entries SET reason = 'another' WHERE seq = 2`)
  // A hundred entries a second, round and round: other files may have made thousands.
  const said = await until('its word', () => /audit trail: entry 2 was changed/.test(health('control').text) && health('control'), 60000)
  assert.equal(said.state, 'degraded')
  const { size } = (await admin.ok('GET', '/admin/audit/head')).head
  await admin.ok('POST', `/admin/instruments/${SYMBOL}/resume`, { reason: 'while the trail is broken' })
  await sql(`SET session_replication_role = replica; DELETE FROM audit_entries WHERE seq = 2; ${kept}; DROP TABLE trail_kept;
    ALTER TABLE audit_entries ADD CONSTRAINT audit_leaf_is_of_entry CHECK (leaf_hash = audit_leaf(seq, at, actor,
      role, act, subject, outcome, reason, before_json, after_json, address, elevation))`)
  assert.equal((await admin.ok('GET', '/admin/audit/head')).head.size, size)
  sv('restart', 'control')
  await until('control', async () => isUp('control') && (await new Client().get('/health')).status === 200)
  assert.ok((await allSigned()).size > size)
  assert.equal((await verify()).ok, true)
})

test('while the database is away an operator can halt, not resume, and it is in the trail afterwards', async () => {
  const from = await newest()
  sv('down', 'postgres')
  try {
    await until('postgres away', () => health('control').figures.trail_signed >= 0 && /postgres/.test(health('control').text))
    const halted = await ctl('halt', SYMBOL, '--reason', 'the database is away')
    assert.equal(halted.code, 0, halted.out + halted.err)
    const resumed = await ctl('resume', SYMBOL, '--reason', 'and so it goes on')
    assert.match(resumed.err, /takes a second person, and the list .* is not reachable/)
    assert.equal((await ctl('audit', 'list')).code, 1)
  } finally {
    sv('up', 'postgres')
  }
  const late = await until('the late entries', async () => {
    const got = (await admin.get(`/admin/audit?after=${from}`)).body?.entries?.filter((e) => e.actor === 'operator')
    return got?.length === 4 && got
  }, 30000)
  assert.deepEqual(late.map((e) => [e.act, e.outcome, e.reason]), [
    ['instrument.halt', 'asked', 'the database is away'], ['instrument.halt', 'done', 'the database is away'],
    ['instrument.resume', 'asked', 'and so it goes on'], ['instrument.resume', 'refused', 'and so it goes on'],
  ])
  await byTwo(compliance, 'resume', SYMBOL, '--reason', 'and so it goes on')
  assert.ok(late.every((e) => JSON.parse(e.after).spooled.at))
  await allSigned()
  assert.equal((await verify()).ok, true)
})
