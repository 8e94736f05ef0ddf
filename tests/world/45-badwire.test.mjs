// Bytes that are no order entry, no feed and no mail: counted or answered, and nothing changes.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import net from 'node:net'
import { after, before, test } from 'node:test'
import { config, health, pidOf, raw, sleep, until } from './world.mjs'

const SERVICES = ['dataplane', 'exchange', 'mailsink', 'maker']
let pids

before(() => { pids = SERVICES.map(pidOf) })
after(() => assert.deepEqual(SERVICES.map(pidOf), pids, 'a service died of bad input'))

test('the order gateway: bytes that are no login', async () => {
  const connect = () => net.connect(config.gateway.port, config.gateway.host)
  const login = Buffer.alloc(80)
  login.writeUInt16LE(80, 0)
  login.write('L', 2)
  login.writeUInt8(1, 3)
  login.write('maker', 16)
  const words = [randomBytes(500), Buffer.alloc(200), Buffer.from([0xff, 0xff]), login, login.subarray(0, 79),
    Buffer.concat([login.subarray(0, 3), Buffer.from([9]), login.subarray(4)]), Buffer.from('GET / HTTP/1.1\r\n\r\n')]
  for (const word of words) {
    const got = await raw(connect, word, 5000)
    assert.ok(got.closed, `still open after ${word.toString('hex').slice(0, 20)}`)
  }
  const quiet = await raw(connect, Buffer.alloc(0), 6000)
  assert.ok(quiet.closed, 'a connection that says nothing for 6 s is still open')
})

test('the order gateway: 300 connections at once that say nothing, and then too many', async () => {
  const before = health('dataplane').figures
  const sockets = []
  let greeted = 0, closed = 0
  const open = (cnt) => {
    for (let i = 0; i < cnt; i++) {
      const socket = net.connect(config.gateway.port, config.gateway.host)
      socket.on('data', () => { greeted++ })
      socket.on('error', () => {})
      socket.on('close', () => { closed++ })
      sockets.push(socket)
    }
  }
  open(300)
  await until('300 challenges', () => greeted === 300)
  open(50)
  await until('some to be turned away', () => health('dataplane').figures.gateway_refused > before.gateway_refused)
  await until('all to be closed after their 3 s', () => closed === 350)
  sockets.forEach((socket) => socket.destroy())
  await until('those with a session to be the only ones', () => {
    const now = health('dataplane').figures
    return now.gateway_connections === now.gateway_sessions && now.gateway_sessions === before.gateway_sessions
  })
  assert.equal(health('dataplane').figures.gateway_cut, before.gateway_cut, 'one that was logged in was cut')
})

test('the feed: datagrams that lie are counted and change nothing', { skip: config.feed.driver === 'memif' }, async () => {
  const bad = () => Object.entries(health('dataplane').figures)
    .filter(([name]) => name.startsWith('feed_bad')).reduce((sum, [, n]) => sum + n, 0)
  const had = bad()
  const source = `
    const d = require('node:dgram').createSocket('udp4'), { randomBytes } = require('node:crypto')
    d.bind(0, '${config.exchange.source_a}', async () => {
      d.setMulticastInterface('${config.exchange.source_a}')
      for (let i = 0; i < 300; i++) {
        const b = randomBytes(i % 90)
        if (i % 3 && b.length > 9) { b.writeUInt16LE(i % 2 ? b.length : 38, 0); b.write('NMXTZ'[i % 5], 8) }
        await new Promise((done) => d.send(b, ${config.feed.port_a}, '${config.feed.group_a}', done))
      }
      d.close()
    })`
  execFileSync('ip', ['netns', 'exec', config.exchange.iface_a.replace(/a$/, ''), process.execPath, '-e', source])
  await until('the count of bad datagrams to grow', () => bad() > had)
  const gaps = health('dataplane').figures.feed_gaps
  await sleep(3000)
  assert.equal(health('dataplane').figures.feed_gaps, gaps, 'the feed lost its place')
})

test('the mail sink: words that are no SMTP', async () => {
  const connect = () => net.connect(config.mail.smtp_port, '127.0.0.1')
  for (const word of [randomBytes(5000), 'DATA\r\n', `MAIL FROM:<${'a'.repeat(5000)}>\r\n`]) await raw(connect, word, 300)
  const { closed, data } = await raw(connect, 'NOOP\r\nQUIT\r\n')
  assert.ok(closed)
  assert.match(data.toString(), /^220 .*250 .*221 /s)
})
