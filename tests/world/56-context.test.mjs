// What is asked besides who somebody is: where a session is; and that a page says what its policy kept out.
// docs/identity.md, docs/defence.md.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { after, test } from 'node:test'
import { openPage } from './browser.mjs'
import { addUser, Client, config, ctl, demo, isUp, latest, origin, signUp, sv, universe, until } from './world.mjs'

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
  await configure({ places_file: places, session_moves: { staff: 'off', client: 'off' } })
  const easy = await enters(HOME, person)
  assert.notEqual((await from(ABROAD, easy, 'POST', '/orders', order())).status, 403)
})

test('what it may be is said at start', async () => {
  writeFileSync(file, JSON.stringify({ ...config, identity: { ...config.identity, session_moves: { client: 'often' } } }))
  const said = execFileSync('sh', ['-c', `"$0" --config "$1" 2>&1; true`, `${process.env.BIJLI_BIN}/bijli-control`, file], { encoding: 'utf8' })
  writeFileSync(file, written)
  assert.match(said, /identity\.session_moves\.client must be off, country, travel or network/)
})
