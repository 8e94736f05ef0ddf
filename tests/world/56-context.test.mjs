// What is asked besides who somebody is: where a session is; of staff, which computer and browser; and that a page says
// what its policy kept out.
// docs/identity.md, docs/defence.md.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openPage } from './browser.mjs'
import { addUser, Client, config, ctl, demo, isUp, latest, origin, saw, signUp, sql, sv, universe, until } from './world.mjs'

const file = process.env.BIJLI_CONFIG
const written = readFileSync(file, 'utf8')
async function configure(identity) {
  writeFileSync(file, identity ? JSON.stringify({ ...config, identity: { ...config.identity, ...identity } }) : written)
  sv('restart', 'control')
  await until('control again', async () => isUp('control') && (await new Client().get('/health')).status === 200)
}
after(async () => {
  if (readFileSync(file, 'utf8') !== written) await configure(null)
})

// --- reports of the page's policy

const figure = async (name) => {
  const { components } = JSON.parse((await ctl('status', '--json')).out)
  return components.find((part) => part.name === 'control').figures[name]
}
const logged = (text) => execFileSync('grep', ['-rhc', text, `${process.env.BIJLI_VAR}/log/control`, '--include=current'],
  { encoding: 'utf8' }).split('\n').reduce((sum, line) => sum + Number(line), 0)
const report = (body, type = 'application/csp-report', from) => fetch(`${origin}/api/v1/csp-reports`,
  { method: 'POST', headers: { 'content-type': type }, body: typeof body === 'string' ? body : JSON.stringify(body) })
const violation = (page, more) => ({ 'csp-report': { 'document-uri': `${origin}${page}`, 'effective-directive': 'img-src',
  'blocked-uri': 'https://evil.example/x?who=tellnobody', ...more } })

test('what the page\'s policy keeps out is told by a real browser, counted and logged, and says nothing of anybody', async () => {
  const before = await figure('csp_violations')
  const { context, page } = await openPage()
  await page.goto(`${origin}/login?who=tellnobody`)
  await page.evaluate(() => { document.body.append(Object.assign(new Image(), { src: 'https://evil.example/x.png?who=tellnobody' })) })
  await page.waitForTimeout(200)
  await page.close()
  await until('the figure', async () => await figure('csp_violations') > before)
  await context.close()
  assert.ok(logged('kept something out: img-src, https://evil.example, at /login') > 0)
})

test('reports are bounded: form, size, whose page, how many; no session is asked for', async () => {
  const [counted, dropped] = [await figure('csp_violations'), await figure('csp_dropped')]
  assert.equal((await report(violation('/orders?who=tellnobody#tellnobody'))).status, 204)
  const list = [{ type: 'csp-violation', body: { documentURL: `${origin}/`, effectiveDirective: 'script-src-elem', blockedURL: 'inline', sample: 'tellnobody' } }]
  assert.equal((await report(list, 'application/reports+json')).status, 204)
  assert.equal((await report({ 'csp-report': { 'document-uri': 'https://evil.example/', 'effective-directive': 'img-src' } })).status, 204)
  assert.equal((await report('tellnobody')).status, 400)
  assert.equal((await report(violation('/'), 'text/plain')).status, 415)
  assert.equal((await report(violation('/', { more: 'x'.repeat(17000) }))).status, 413)
  await until('the figures', async () => await figure('csp_violations') === counted + 2 && await figure('csp_dropped') === dropped + 3)
  const got = []
  while (got.length < 80 && got.at(-1) !== 429) got.push((await report(violation('/'))).status)
  assert.equal(got.at(-1), 429)
  assert.equal((await new Client().get('/health')).status, 200)
  assert.throws(() => logged('tellnobody'), { status: 1 }) // grep found none
})

// --- where a session is

// As nginx passes on what comes from that address; who: a Client, whose cookie and token are used and kept.
function from(address, who, method, path, body, headers = {}) {
  const text = body === undefined ? '' : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    http.request({ socketPath: config.control.socket, path: `/api/v1${path}`, method, agent: false, headers: {
      'x-real-ip': address, cookie: [who.cookie, who.device].filter(Boolean).join('; '), 'x-csrf-token': who.csrf,
      ...(text ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } : {}), ...headers } }, (answer) => {
      let got = ''
      for (const line of answer.headers['set-cookie'] ?? []) {
        who[line.startsWith('__Host-bj_device=') ? 'device' : 'cookie'] = line.split(';')[0]
      }
      answer.on('data', (data) => { got += data })
      answer.on('end', () => resolve({ status: answer.statusCode, text: got, body: got.startsWith('{') ? JSON.parse(got) : null }))
    }).on('error', reject).end(text)
  })
}
async function enters(address, { email, password }) {
  const who = new Client()
  const { status, text, body } = await from(address, who, 'POST', '/auth/login', { email, password })
  assert.equal(status, 200, text)
  return Object.assign(who, { csrf: body.csrf, user: body.user, email, password })
}
const steps = ({ status, body, text }) => assert.deepEqual([status, body?.error?.code], [403, 'step_up_required'], text)
const HOME = '203.0.113.5'
const PHONE = '192.0.2.77' // another network of the same country
const ABROAD = '198.51.100.9'
const order = () => ({ symbol: universe[0].symbol, side: 'BUY', type: 'LIMIT', tif: 'DAY', qty: 1, price_paise: 100 })
const places = `${process.env.BIJLI_VAR}/etc/places.csv`

test('a session that is used from another country trades no more until it has proved itself; its owner is told', async () => {
  const person = await signUp('Travelling Client')
  const staff = await addUser('admin')
  writeFileSync(places, '203.0.113.0/24,19.07,72.88,IN\n192.0.2.0/24,28.61,77.2,IN\n198.51.100.0/24,25.2,55.27,AE\n', { mode: 0o644 })
  await configure({ places_file: places })
  const who = await enters(HOME, person)
  const trades = (address) => from(address, who, 'POST', '/orders', order())
  for (const address of [HOME, PHONE, '203.0.113.200', '8.8.8.8', HOME]) assert.notEqual((await trades(address)).status, 403)
  assert.equal((await from(HOME, who, 'GET', '/me')).body.user.elsewhere, false)
  assert.equal((await from(ABROAD, who, 'GET', '/orders')).status, 200) // reading goes on
  steps(await trades(ABROAD))
  steps(await from(ABROAD, who, 'PUT', '/watchlist', { symbols: [] }))
  steps(await from(ABROAD, who, 'DELETE', '/me/sessions'))
  steps(await trades(HOME)) // whoever of the two it is
  assert.equal((await from(HOME, who, 'GET', '/me')).body.user.elsewhere, true)
  await until('a mail', async () => /used from another place just now: 198\.51\.100\.9, country AE/.test((await latest(person.email))?.text ?? ''))
  const admin = await demo('admin')
  const moves = (await admin.ok('GET', `/admin/audit?act=session.moved&limit=9`)).entries.filter((e) => e.actor === `user:${who.user.id}`)
  assert.deepEqual(moves.map((e) => [e.outcome, e.address, JSON.parse(e.before), JSON.parse(e.after)]),
    [['done', ABROAD, { address: HOME, country: 'IN' }, { country: 'AE' }]])
  assert.equal((await from(ABROAD, who, 'POST', '/auth/prove', { password: 'not the password' })).status, 403)
  steps(await trades(ABROAD))
  const stolen = Object.assign(new Client(), { cookie: who.cookie, csrf: who.csrf })
  assert.equal((await from(ABROAD, who, 'POST', '/auth/prove', { password: person.password })).status, 200)
  assert.equal((await from(HOME, stolen, 'GET', '/orders')).status, 401) // the cookie of before is none
  assert.notEqual((await trades(ABROAD)).status, 403)
  steps(await trades(HOME))

  // Staff is asked at any other network, and what weighs of a client's waits too.
  const desk = await enters(HOME, staff)
  const asks = (address) => from(address, desk, 'POST', '/elevations', { what: 'right:user_set', minutes: 5, reason: 'r' })
  assert.equal((await asks('203.0.113.77')).status, 201)
  assert.equal((await from(PHONE, desk, 'GET', '/admin/users')).status, 200)
  steps(await asks(PHONE))
  assert.equal((await from(PHONE, desk, 'POST', '/auth/prove', { password: staff.password })).status, 200)
  assert.equal((await asks(PHONE)).status, 201)

  await configure({ places_file: places, session_moves: { staff: 'network', reads: false } })
  steps(await from(HOME, desk, 'GET', '/admin/users'))
  assert.equal((await from(HOME, desk, 'GET', '/me')).status, 200)
})

test('what it may be is said at start', async () => {
  writeFileSync(file, JSON.stringify({ ...config, identity: { ...config.identity, session_moves: { client: 'often' } } }))
  const said = execFileSync('sh', ['-c', `"$0" --config "$1" 2>&1; true`, `${process.env.BIJLI_BIN}/bijli-control`, file], { encoding: 'utf8' })
  writeFileSync(file, written)
  assert.match(said, /identity\.session_moves\.client must be off, country, travel or network/)
})

// --- staff's computers

const dir = mkdtempSync(join(tmpdir(), 'bijli-devices.'))
after(() => rmSync(dir, { recursive: true, force: true }))
const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

// As a browser that shows a certificate, or none: device {pfx, passphrase} or {}.
function by(device, who, method, path, body, headers = {}) {
  const text = body === undefined ? '' : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    https.request(`${origin}/api/v1${path}`, { method, agent: false, ...device, headers: {
      'user-agent': CHROME, cookie: [who.cookie, who.device].filter(Boolean).join('; '), 'x-csrf-token': who.csrf,
      ...(text ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } : {}), ...headers } }, (answer) => {
      let got = ''
      for (const line of answer.headers['set-cookie'] ?? []) {
        who[line.startsWith('__Host-bj_device=') ? 'device' : 'cookie'] = line.split(';')[0]
      }
      answer.on('data', (data) => { got += data })
      answer.on('end', () => resolve({ status: answer.statusCode, text: got, body: got.startsWith('{') ? JSON.parse(got) : null }))
    }).on('error', reject).end(text)
  })
}
async function worksBy(device, { email, password }, headers) {
  const who = Object.assign(new Client(), { email, password })
  const { status, text, body } = await by(device, who, 'POST', '/auth/login', { email, password }, headers)
  assert.equal(status, 200, text)
  return Object.assign(who, { csrf: body.csrf, user: body.user })
}
const good = async (...args) => {
  const told = await ctl('device', ...args)
  assert.equal(told.code, 0, told.err)
  return told.out
}
// Asked for by the operator; its number and where its key is.
async function ask(person, name) {
  const key = join(dir, `${name}.key`)
  const told = await good('issue', '--user', person.user.id, '--name', name, '--reason', 'new desk', '--key', key, '--json')
  const { id, state } = JSON.parse(told).device
  assert.equal(state, 'waits')
  return { id, key, name }
}
async function fetched({ id, key, name }) {
  const file = join(dir, `${name}.p12`)
  const told = await good('fetch', id, '--key', key, '--out', file)
  const [, passphrase] = /shown this once: (\S{24})\n/.exec(told)
  saw('passphrase', passphrase)
  return { pfx: readFileSync(file), passphrase }
}
const is = (code) => ({ status, body, text }) => assert.deepEqual([status, body?.error?.code], [403, code], text)
const lacksDevice = is('device_required')

test('staff works by an enrolled computer and a browser that is new enough; two people enrol it, and it ends at once', async () => {
  const [admin, officer, helper, client] = [await addUser('admin'), await addUser('compliance'), await demo('dealer'), await demo('client')]
  assert.match((await ctl('device', 'issue', '--user', client.user.id, '--name', 'x', '--reason', 'r', '--key', join(dir, 'x'))).err, /nobody of staff/)
  // The first ones, by whoever runs the machine; then people decide.
  await sql('BEGIN; SET LOCAL session_replication_role = replica; DELETE FROM staff_devices; COMMIT')
  const [desk, other] = [await ask(admin, 'desk'), await ask(officer, 'other')]
  assert.match((await ctl('device', 'fetch', desk.id, '--key', desk.key, '--out', join(dir, 'none'))).err, /somebody else has to say yes/)
  await good('approve', desk.id)
  await until('a mail', async () => /was enrolled for your work/.test((await latest(admin.email))?.text ?? ''))
  await good('approve', other.id)
  const [mine, theirs] = [await fetched(desk), await fetched(other)]
  const third = await ask(helper, 'third')
  assert.match((await ctl('device', 'approve', third.id)).err, /where two people can, people do/)

  await configure({ staff_device: 'certificate', staff_browser_min: { chrome: 140, firefox: 128 } })
  const who = await worksBy(mine, admin)
  assert.equal((await by(mine, who, 'GET', '/admin/users')).status, 200)
  lacksDevice(await by({}, who, 'GET', '/admin/users')) // the cookie alone
  lacksDevice(await by(theirs, who, 'GET', '/admin/users')) // with another's computer
  const [[serial]] = await sql(`SELECT serial FROM staff_devices WHERE device_id = ${desk.id}`)
  lacksDevice(await by({}, who, 'GET', '/admin/users', undefined, { 'x-device-serial': serial }))
  lacksDevice(await by(theirs, who, 'GET', '/admin/users', undefined, { 'x-device-serial': serial }))
  assert.equal((await by({}, who, 'GET', '/me')).status, 200) // who one is, and out
  is('browser_too_old')(await by(mine, who, 'GET', '/admin/users', undefined, { 'user-agent': CHROME.replace('140', '139') }))
  is('browser_too_old')(await by(mine, who, 'GET', '/admin/users', undefined, { 'sec-ch-ua': '"Chromium";v="120"' }))
  is('browser_too_old')(await by(mine, who, 'GET', '/admin/users', undefined, { 'user-agent': 'curl/8' }))
  for (const device of [{}, theirs]) { // a log-in by none, or by another's, is none by one's own
    const poor = await worksBy(device, admin)
    lacksDevice(await by(mine, poor, 'GET', '/admin/users'))
    lacksDevice(await by(device, poor, 'POST', '/elevations', { what: 'right:user_set', minutes: 5, reason: 'r' }))
  }
  assert.equal((await client.get('/positions')).status, 200) // nothing is asked of clients
  // Of another CA.
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '9',
    '-subj', '/CN=bijli device 1', '-keyout', join(dir, 'bad.key'), '-out', join(dir, 'bad.pem')], { stdio: 'ignore' })
  const bad = { key: readFileSync(join(dir, 'bad.key')), cert: readFileSync(join(dir, 'bad.pem')) }
  is('device_refused')(await by(bad, who, 'GET', '/me'))

  // Two people, one of them not who asked, and each by a computer of their own.
  const second = await worksBy(theirs, officer)
  const yes = await by(theirs, second, 'POST', `/admin/devices/${third.id}/approve`, {})
  assert.deepEqual([yes.status, yes.body.device?.state, yes.body.device?.decided_by], [200, 'good', `user:${officer.user.id}`], yes.text)
  const desks = (await by(mine, who, 'GET', '/admin/devices')).body.devices
  assert.deepEqual(desks.filter(({ id }) => id === third.id).map(({ state, certificate }) => [state, certificate]), [['good', null]])
  const own = await by({}, who, 'GET', '/me/work-devices')
  assert.deepEqual(own.body.devices.map(({ name, state }) => [name, state]), [['desk', 'good']])

  // Revoked: its session ends at once, and it begins none.
  await good('revoke', desk.id, '--reason', 'lost')
  assert.equal((await by(mine, who, 'GET', '/me')).status, 401)
  await until('a mail', async () => /may no longer be used/.test((await latest(admin.email))?.text ?? ''))
  lacksDevice(await by(mine, await worksBy(mine, admin), 'GET', '/admin/users'))
  // Soon over: told once.
  await sql(`BEGIN; SET LOCAL session_replication_role = replica; UPDATE staff_devices SET expires_at = now() + interval '20 days'
    WHERE device_id = ${other.id}; COMMIT`)

  await configure(null) // and so it looks at once, not within the minute
  await until('a mail', async () => /work computer other runs out on/.test((await latest(officer.email))?.text ?? ''))
  const auditor = await demo('admin')
  const acts = (await auditor.ok('GET', '/admin/audit?act=staff.device&limit=50')).entries
    .filter((e) => [admin, helper].some((one) => e.subject === `user:${one.user.id}`)).map((e) => [e.actor.replace(/\d+/, 'N'), e.act, e.outcome])
  assert.deepEqual(acts, [['operator', 'staff.device.revoke', 'done'], ['user:N', 'staff.device.approve', 'done'],
    ['operator', 'staff.device.approve', 'refused'], ['operator', 'staff.device.ask', 'asked'],
    ['operator', 'staff.device.approve', 'done'], ['operator', 'staff.device.ask', 'asked']])
  const refusals = (await auditor.ok('GET', '/admin/audit?act=access.refused&limit=50')).entries.filter((e) => e.actor === `user:${admin.user.id}`)
  assert.ok(refusals.some((e) => e.reason === 'not by its device' && e.outcome === 'refused'))
  const logins = (await auditor.ok('GET', '/admin/audit?act=auth.login&limit=50')).entries.filter((e) => e.actor === `user:${admin.user.id}`)
  assert.ok(logins.some((e) => JSON.parse(e.after ?? '{}').device === desk.id))
})
