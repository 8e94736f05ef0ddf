// What goes between processes and over the wire: who can listen in, and who can take somebody else's place.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { config, ctl, pidOf } from './world.mjs'

const isRoot = process.getuid() === 0
const socket = config.control.socket
const listening = (kind) => execFileSync('ss', ['-Hlnp', kind], { encoding: 'utf8' }).split('\n')

test('control listens at its socket and at no port', () => {
  const mine = (kind) => listening(kind).filter((line) => line.includes(`pid=${pidOf('control')},`))
  assert.deepEqual(mine('-t'), [])
  assert.deepEqual(mine('-u'), [])
  assert.equal(mine('-x').length, 1)
  assert.ok(mine('-x')[0].includes(socket))
})

test('to it come nginx\'s workers and who runs the machine, nobody else', { skip: !isRoot && 'everything is one user\'s' }, async () => {
  const ask = (user) => spawnSync('runuser', ['-u', user, '--', 'curl', '-s', '-m', '5', '--unix-socket', socket, 'http://localhost/api/v1/health'],
    { encoding: 'utf8' })
  assert.equal(ask('www-data').stdout, '{"ok":true}')
  for (const user of ['nobody', 'redis', 'nats', 'postgres']) assert.equal(ask(user).status, 7, user)
  assert.equal(statSync(path.dirname(socket)).mode & 0o7777, 0o2750)
  assert.equal(statSync(socket).mode & 0o777, 0o660)
  assert.equal((await ctl('status')).code, 0)
})

test('a second server does not take the first one\'s place', () => {
  const other = spawnSync(`${process.env.BIJLI_BIN}/bijli-control`, ['--config', process.env.BIJLI_CONFIG], { encoding: 'utf8', timeout: 20000 })
  assert.equal(other.status, 1)
  assert.match(other.stderr, /another server listens on /)
  assert.equal(spawnSync('curl', ['-s', '-m', '5', '--unix-socket', socket, 'http://localhost/api/v1/health'], { encoding: 'utf8' }).stdout, '{"ok":true}')
})
