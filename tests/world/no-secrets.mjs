// no-secrets.mjs - after the tests: nothing that they gave to a server or got from it to be kept (passwords, cookies, tokens, codes,
// keys), and none of the world's own secrets, is in a log, a status file, the audit trail, the signed heads, or in clear in
// the database.  Says where and of which kind, never what.  Exit 1: found.
//
//   BIJLI_SEEN   lines KIND<TAB>VALUE, written by world.mjs
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

const world = process.env.BIJLI_VAR
const MIN = 8 // shorter ones are in anything
const config = JSON.parse(readFileSync(process.env.BIJLI_CONFIG, 'utf8'))

function files(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files(join(dir, entry.name)) : entry.isFile() ? [join(dir, entry.name)] : [])
}

function secrets() {
  const found = new Map()
  const keep = (kind, value) => { if (value.length >= MIN) found.set(value, kind) }
  // A few tests have no client.
  const seen = existsSync(process.env.BIJLI_SEEN) ? readFileSync(process.env.BIJLI_SEEN, 'utf8') : ''
  for (const line of seen.split('\n')) {
    const [kind, value] = line.split('\t')
    if (value) keep(kind, value)
  }
  for (const file of files(join(world, 'secrets'))) {
    for (const word of readFileSync(file, 'utf8').split(/\s+/)) if (!word.includes('-----')) keep(`secrets/${file.split('/').pop()}`, word)
  }
  return found
}

const psql = (text) => execFileSync('psql', ['-X', '-At', '-d', config.postgres.control.replace(/user=.*/, 'user=postgres'), '-c', text],
  { maxBuffer: 1 << 30 }).toString()

const text = (file) => (file.endsWith('.gz') ? gunzipSync(readFileSync(file)).toString('latin1') : readFileSync(file, 'latin1'))

// What somebody might read: name and text.
function places() {
  const logs = files(join(world, 'log')).filter((file) => !/\/(lock|config)$/.test(file))
  const run = files(join(world, 'run')).filter((file) => file.endsWith('status.json'))
  const trail = files(join(world, 'trail')).filter((file) => /\/heads|\/spool/.test(file))
  const texts = [...logs, ...run, ...trail].map((file) => ({ name: file.slice(world.length + 1), text: text(file) }))
  texts.push({ name: 'audit_entries', text: psql('SELECT e::text FROM audit_entries e') })
  return texts
}

// Tables of people: what is kept there is a hash or sealed.  A CSRF token is kept as it is: alone it opens nothing.
function tables() {
  const names = psql(`SELECT format('%I', relname) FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition
    AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'audit%'`).split('\n').filter(Boolean)
  return names.map((name) => ({ name: `table ${name}`, text: psql(`SELECT t::text FROM ${name} t LIMIT 100000`) }))
}

function look(texts, found, but = []) {
  const said = []
  for (const { name, text } of texts) {
    for (const [value, kind] of found) if (!but.includes(kind) && text.includes(value)) said.push(`${kind} in ${name}`)
  }
  return said
}

// What no log should ever hold, whoever's it is.
const forms = [/\$argon2id?\$v=/, /"(password|old|pending|code)"\s*:\s*"/, /__Host-bj_(session|device)=[\w-]{8}/, /Bearer \w{8}/, /BEGIN [A-Z ]*PRIVATE KEY/]

const found = secrets()
const texts = places()
const said = [...look(texts, found), ...look(tables(), found, ['csrf'])]
for (const { name, text } of texts) for (const form of forms) if (form.test(text)) said.push(`${form} in ${name}`)
// That it looks at all.
const [[known]] = found
if (look([{ name: 'planted', text: `x${known}x` }], found).length === 0) said.push('a planted secret was not seen')
if (texts.length < 12 || found.size < 10) said.push(`only ${texts.length} places and ${found.size} secrets`)
for (const line of [...new Set(said)]) console.log(`# ${line}`)
console.log(`# ${found.size} secrets, ${texts.length} places`)
process.exit(said.length ? 1 : 0)
