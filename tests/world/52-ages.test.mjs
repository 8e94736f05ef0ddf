// How long secrets live (docs/crypto.md): `make status` names each that is older than it may be, and each certificate that soon runs out.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'

const secrets = `${process.env.BIJLI_VAR}/secrets`
const said = () => spawnSync('deploy/dev/status', { encoding: 'utf8' }).stdout.split('\n').filter((line) => /^ {2}(secrets|tls)\//.test(line))

test('of a new world nothing is too old, and everything has a life', () => {
  assert.deepEqual(said(), [])
})

test('what is older than it may be is named', () => {
  const start = /^make stop; make run$/
  for (const [name, days, how] of [['operator.token', 91, start], ['edge-ticket.key', 366, start], ['session-control.key', 366, start],
    ['identity.key', 366, start], ['session-desk.key', 366, /rand -hex 32 >\S+\/session-desk\.key; give the desk/],
    ['trail.key', 1096, /mv \S+\/trail \S+; rm \S+\/trail\.key; make run; give the auditors/]]) {
    const { atime, mtime } = statSync(`${secrets}/${name}`)
    const at = Date.now() / 1000 - days * 86400 - 60
    utimesSync(`${secrets}/${name}`, at, at)
    try {
      const [line, ...more] = said()
      const begin = `  secrets/${name} is ${days} days old and is to change after ${days - 1}: `
      assert.deepEqual([line.slice(0, begin.length), more], [begin, []])
      assert.match(line.slice(begin.length), how)
    } finally {
      utimesSync(`${secrets}/${name}`, atime, mtime)
    }
  }
  writeFileSync(`${secrets}/something.key`, 'x', { mode: 0o600 })
  const lines = said()
  rmSync(`${secrets}/something.key`)
  assert.deepEqual(lines, ['  secrets/something.key: nobody has said how long it may live (deploy/dev/lib/ages.sh)'])
})

test('a certificate is named a month before its end', () => {
  const file = `${process.env.BIJLI_VAR}/tls/old.pem`
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '20', '-subj', '/CN=x',
    '-keyout', '/dev/null', '-out', file], { stdio: 'ignore' })
  const lines = said()
  rmSync(file)
  assert.equal(lines.length, 1)
  assert.match(lines[0], /^ {2}tls\/old\.pem runs out \w{3} /)
})

test('the page says the same lives', () => {
  const rows = /SECRET_DAYS="\n([^"]*)"/.exec(readFileSync('deploy/dev/lib/ages.sh', 'utf8'))[1].trim().split('\n').map((row) => row.split(/\s+/))
  const page = readFileSync('docs/crypto.md', 'utf8')
  for (const [pattern, days] of rows) {
    const row = page.split('\n').find((line) => line.startsWith('|') && line.split('|')[1].includes(`\`${pattern}\``))
    assert.ok(row, pattern)
    assert.ok(row.includes(days === '0' ? 'as the world' : `${days} days`), `${pattern}: ${days}`)
  }
  assert.ok(readdirSync(secrets).length > 8)
})
