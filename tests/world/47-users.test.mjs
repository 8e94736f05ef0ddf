// Each service is a user of its own and reads, writes and says what it needs, no more; the configuration holds no secret.
// In an ordinary user's world everything is that user's: what holds there is asked too.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { natsConnect, natsHello, pidOf, raw } from './world.mjs'

const world = process.env.BIJLI_VAR
const root = process.getuid() === 0
const SERVICES = ['control', 'edge', 'relay', 'mailsink', 'maker', 'exchange', 'snapshot', 'dataplane', 'logs']

// What each may read of the secrets; who starts the machine reads all of them.
const READS = {
  control: ['secrets/app-token.key', 'secrets/device-ca.key', 'secrets/edge-ticket.key', 'secrets/identity.key', 'secrets/nats-control.password',
    'secrets/operator.token', 'secrets/session-control.key', 'secrets/trail.key', 'tls/nats/control.key', 'tls/orders/control.key'],
  edge: ['secrets/edge-ticket.key', 'secrets/nats-edge.password', 'tls/key.pem', 'tls/nats/edge.key'],
  relay: ['secrets/nats-relay.password', 'tls/nats/relay.key'],
  mailsink: [],
  maker: ['secrets/session-maker.key', 'tls/orders/maker.key'],
  exchange: ['secrets/exchange-nnf-901', 'tls/exchange-key.pem'],
  snapshot: [],
  logs: [],
  dataplane: ['secrets/calendar.seed', 'secrets/exchange-nnf-901', 'secrets/session-control.key', 'secrets/session-desk.key',
    'secrets/session-maker.key', 'tls/orders/gateway.key'],
}
// Below which folders (and which sockets) each may write.
const STORES = ['run/pg/.s.PGSQL.5432', 'run/redis/redis.sock']
const WRITES = {
  control: ['run/control', 'trail', ...STORES],
  edge: ['run/edge'],
  relay: ['run/relay', ...STORES],
  mailsink: ['run/mailsink', 'mail'],
  maker: ['run/maker'],
  exchange: ['run/exchange', 'data/exchange'],
  snapshot: ['run/snapshot', 'data/journal'],
  dataplane: ['run', 'data'],
  logs: ['run/logs', ...readdirSync(join(world, 'log'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => `log/${name}`)],
}
// What the dataplane shares, and with whom.
const SHARED = {
  'run/market.shm': ['control', 'relay', 'maker', 'dataplane'],
  'data/events/head': ['relay', 'snapshot', 'dataplane'],
  'data/journal': ['snapshot', 'dataplane'],
  'data/audit': ['dataplane'],
  'data/exchange': ['exchange'],
  mail: ['mailsink'],
  pg: [],
}

function fields(file) {
  const lines = readFileSync(file, 'utf8').split('\n').map((line) => line.split(':\t'))
  return Object.fromEntries(lines.map(([name, value]) => [name, value?.trim()]))
}
const status = (service) => fields(`/proc/${pidOf(service)}/status`)
// as(SERVICE, COMMAND...): what a program says that has the very rights of the running service.
function as(service, ...command) {
  const { Uid, Gid, Groups } = status(service)
  const groups = Groups ? ['--groups', Groups.split(/\s+/).join(',')] : ['--clear-groups']
  const { stdout } = spawnSync('setpriv', ['--reuid', Uid.split('\t')[0], '--regid', Gid.split('\t')[0], ...groups,
    '--bounding-set=-all', ...command], { encoding: 'utf8', cwd: '/' })
  return stdout.split('\n').filter(Boolean).map((path) => path.replace(`${world}/`, '')).sort()
}
const readable = (service, paths) =>
  as(service, 'sh', '-c', 'for path; do [ ! -r "$path" ] || echo "$path"; done', 'sh', ...paths.map((path) => join(world, path)))
const secretFiles = ['secrets', 'tls'].flatMap((dir) => readdirSync(join(world, dir), { recursive: true })
  .map((name) => `${dir}/${name}`).filter((name) => dir === 'secrets' || /key\.pem$|\.key$/.test(name)))

test('no secret is in the configuration, so that everybody may read it', () => {
  const text = readFileSync(process.env.BIJLI_CONFIG, 'utf8')
  for (const file of secretFiles) {
    for (const word of readFileSync(join(world, file), 'utf8').split(/[\s:]+/)) {
      if (word.length > 6 && !word.startsWith('bijli_') && !word.includes('--')) assert.ok(!text.includes(word), `a word of ${file}`)
    }
  }
  assert.doesNotMatch(text, /password=|:\/\/[^"/]*@/)
})

test('each service is its own user, with no capabilities; none can be had by starting a program', { skip: !root }, () => {
  const uids = new Set()
  for (const service of SERVICES) {
    const { Uid, CapEff, CapPrm, CapBnd, NoNewPrivs } = status(service)
    assert.notEqual(Uid.split('\t')[0], '0', service)
    uids.add(Uid)
    // The dataplane had net_admin, net_raw, ipc_lock and bpf, and never sys_admin.
    const bounding = service === 'dataplane' ? '0000008000007000' : '0000000000000000'
    const none = '0000000000000000'
    assert.deepEqual([CapEff, CapPrm, CapBnd, NoNewPrivs], [none, none, bounding, '1'], service)
  }
  assert.equal(uids.size, SERVICES.length)
  for (const service of ['postgres', 'redis', 'nats']) {
    const { Uid, CapBnd } = status(service)
    assert.ok(!Uid.startsWith('0\t') && CapBnd === '0000000000000000', service)
  }
})

test('of the environment of whoever typed make run no service has anything', () => {
  const known = ['BIJLI_WORLD', 'LC_ALL', 'PATH', 'PWD', 'RUNTIME_DIRECTORY', 'TZ', 'XDG_RUNTIME_DIR']
  for (const service of SERVICES) {
    const names = readFileSync(`/proc/${pidOf(service)}/environ`, 'utf8').split('\0').filter(Boolean).map((line) => line.split('=')[0])
    assert.ok(names.includes('BIJLI_WORLD'), service)
    assert.deepEqual(names.filter((name) => !known.includes(name)), [], service)
  }
})

test('no thread of the dataplane has any capability, and each is in the sandbox', () => {
  const pid = pidOf('dataplane')
  const threads = readdirSync(`/proc/${pid}/task`)
  for (const tid of threads) {
    const { Name, CapInh, CapPrm, CapEff, CapAmb, NoNewPrivs, Seccomp } = fields(`/proc/${pid}/task/${tid}/status`)
    const none = '0000000000000000'
    assert.deepEqual([CapInh, CapPrm, CapEff, CapAmb, NoNewPrivs, Seccomp], [none, none, none, none, '1', '2'], `${Name} ${tid}`)
  }
  assert.ok(threads.length >= 5, `${threads.length}`) // main, DPDK's, spare, audit, feed, journal
  assert.equal(JSON.parse(readFileSync(join(world, 'run/dataplane.status.json'), 'utf8')).figures.confined, 1)
  for (const text of [/sandbox: files by Landlock, version \d+|sandbox: this kernel has no Landlock/, /sandbox: no capabilities/]) {
    assert.match(execFileSync('grep', ['-rh', 'sandbox: ', `${world}/log/dataplane`], { encoding: 'utf8' }), text)
  }
})

test('what speaks to the network or keeps mail gives up at its start what it does not need, and who reads the journal', () => {
  for (const service of ['control', 'edge', 'relay', 'mailsink', 'exchange', 'maker', 'snapshot']) {
    const { NoNewPrivs, Seccomp, CapEff } = status(service)
    assert.deepEqual([NoNewPrivs, Seccomp, CapEff], ['1', '2', '0000000000000000'], service)
    // Also of a log that has been turned over since.
    assert.match(execFileSync('grep', ['-rh', 'sandbox: ', `${world}/log/${service}`], { encoding: 'utf8' }),
      /sandbox: files by Landlock, version \d+|sandbox: this kernel has no Landlock/, service)
  }
})

test('each secret is read by who needs it', { skip: !root }, () => {
  for (const service of SERVICES) {
    assert.deepEqual(readable(service, secretFiles), READS[service].filter((file) => secretFiles.includes(file)), service)
  }
})

test('each service writes where it must', { skip: !root }, () => {
  for (const service of SERVICES) {
    const found = as(service, 'find', world, '-writable', '!', '-type', 'l')
    const below = (path) => WRITES[service].some((place) => path === place || path.startsWith(`${place}/`))
    assert.deepEqual(found.filter((path) => !below(path)), [], service)
    for (const place of WRITES[service]) assert.ok(found.includes(place), `${service}: ${place}`)
  }
  // In run and data the dataplane takes away nothing that is not its own.
  for (const path of ['run/control', 'run/pg', 'data/exchange']) {
    as('dataplane', 'mv', join(world, path), join(world, `${path}.gone`))
    assert.ok(readdirSync(join(world, path, '..')).includes(path.split('/').pop()), path)
  }
})

test('what the dataplane shares is read by who needs it', { skip: !root }, () => {
  for (const service of SERVICES) {
    const wanted = Object.keys(SHARED).filter((path) => SHARED[path].includes(service)).sort()
    assert.deepEqual(readable(service, Object.keys(SHARED)), wanted, service)
  }
  // Programs and pages are root's.
  const [uid] = execFileSync('stat', ['-L', '-c', '%u', `/proc/${pidOf('control')}/exe`], { encoding: 'utf8' }).split('\n')
  assert.equal(uid, '0')
})

test('on the bus each says and hears what it needs', async () => {
  const said = async (who, line) => {
    const socket = await natsConnect(who)
    return (await raw(() => socket, `CONNECT ${natsHello(who)}\r\n${line}\r\nPING\r\n`, 400)).data.toString()
  }
  for (const [who, line] of [['edge', 'PUB auth.ended 2\r\n{}'], ['edge', 'PUB md.cm.X 2\r\n{}'], ['edge', 'SUB > 1'], ['edge', 'SUB acct.* 1'],
    ['control', 'PUB md.cm.X 2\r\n{}'], ['control', 'SUB md.cm.* 1'], ['relay', 'PUB auth.ended 2\r\n{}'], ['relay', 'SUB auth.ended 1']]) {
    assert.match(await said(who, line), /-ERR 'Permissions Violation/, `${who} ${line}`)
  }
  for (const subject of ['md.cm.*', 'auth.ended']) assert.doesNotMatch(await said('edge', `SUB ${subject} 1`), /-ERR/)
})
