// A production configuration ("simulated" not true) holds nothing of the development world: control and edge say what it holds, and do
// not start. The rules one by one: test_bj_settings.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { after, test } from 'node:test'
import { bin, config } from './world.mjs'

const place = mkdtempSync(`${tmpdir()}/bijli-production.`)
after(() => rmSync(place, { recursive: true }))

// What somebody would have made of this world's file: other ports, so that nothing is taken from the one that runs.
const production = {
  ...config, simulated: false, run_dir: place, universe_csv: `${place}/universe.csv`, exchange: undefined, maker: undefined,
  control: { ...config.control, port: 1 },
  identity: { ...config.identity, demand: { client: 'factor', staff: 'passkey' } },
  apps: { ...config.apps, url: 'https://api.broker.example' },
  web: { ...config.web, origin: 'https://trade.broker.example', edge_url: 'wss://ticks.broker.example/' },
  mail: { smtp_url: config.mail.smtp_url, from: 'no-reply@broker.example' },
  sms: { ...config.sms, url: 'https://sms.broker.example/send' },
}
writeFileSync(production.universe_csv, readFileSync(config.universe_csv))

function starts(program, changes, ...args) {
  const file = `${place}/config.json`
  writeFileSync(file, JSON.stringify({ ...production, ...changes }), { mode: 0o600 })
  return spawnSync(bin(program), ['--config', file, ...args], { encoding: 'utf8', timeout: 15000 })
}

test('control does not start with a stand-in, a made-up market or a name of this machine', () => {
  for (const [field, changes] of Object.entries({
    exchange: { exchange: config.exchange },
    maker: { maker: config.maker },
    'mail.dir': { mail: config.mail },
    'sms.url': { sms: config.sms },
    'web.origin': { web: config.web },
    'identity.demand.client': { identity: { ...config.identity, demand: { client: 'none', staff: 'none' } } },
    universe_csv: { universe_csv: `${process.cwd()}/sim/data/universe.csv` },
  })) {
    const { status, stderr } = starts('bijli-control', changes)
    assert.equal(status, 1, field)
    assert.match(stderr, new RegExp(`${field} is of the development world`), field)
  }
  assert.match(starts('bijli-control', { sms: { ...config.sms, url: 'https://169.254.169.254/' } }).stderr, /sms\.url must be https:/)
})

test('nor are people added to it', () => {
  const { status, stderr } = starts('bijli-control', { mail: config.mail }, '--add-user', 'a@broker.example', 'A', 'client')
  assert.equal(status, 1)
  assert.match(stderr, /mail\.dir is of the development world/)
})

test('control does not start on a database where a demo account lets somebody in', () => {
  const { status, stderr } = starts('bijli-control', {})
  assert.equal(status, 1)
  assert.match(stderr, /client@bijli\.localhost is of the development world/)
})

test('the edge does not start with a certificate that vouches for itself', () => {
  const edge = starts('bijli-edge', {})
  assert.equal(edge.status, 2)
  assert.match(edge.stderr, /edge\.cert_file is of the development world/)
  // One that somebody else vouches for goes on to the next thing that it lacks.
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'ignore', cwd: place })
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=ca', '-keyout', 'ca.key', '-out', 'ca.pem')
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=ticks.broker.example', '-keyout', 'key.pem', '-out', 'own.csr')
  openssl('x509', '-req', '-in', 'own.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-days', '2', '-out', 'own.pem')
  const trusted = starts('bijli-edge', { universe_csv: `${place}/not-there`, edge: { ...config.edge, cert_file: `${place}/own.pem`, key_file: `${place}/key.pem` } })
  assert.match(trusted.stderr, /^universe_csv: /m)
})
