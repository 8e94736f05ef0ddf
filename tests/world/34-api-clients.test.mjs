// API apps: registered, said yes to, logged in by npm's own kiteconnect, and ended; scopes, addresses, request limits.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { before, test } from 'node:test'
import { KiteConnect } from 'kiteconnect'
import { openPage } from './browser.mjs'
import { Client, config, ctl, demo, health, offer, redis, signUp, sleep, sql, sv, universe, until } from './world.mjs'

const root = config.apps.url
const secrets = []
let owner
let person

async function makeApp(more = {}) {
  const made = await owner.ok('POST', '/apps',
    { name: 'Robot', redirect_url: 'https://robot.example.com/back', scopes: ['profile', 'orders.read'], kite_library: true, ...more })
  secrets.push(made.api_secret)
  return { ...made.app, api_secret: made.api_secret }
}
async function sayYes(app, more = {}) {
  const { redirect } = await person.ok('POST', '/connect', { api_key: app.api_key, ...more })
  const url = new URL(redirect)
  secrets.push(url.searchParams.get('request_token'))
  return url
}
// kite(app): npm's client, logged in for `person`.
async function kite(app) {
  const client = new KiteConnect({ api_key: app.api_key, root })
  const session = await client.generateSession((await sayYes(app)).searchParams.get('request_token'), app.api_secret)
  secrets.push(session.access_token)
  return { client, session }
}
// Our own API with an app's token.
class AppClient extends Client {
  constructor(app, session) { super(); this.authorization = `token ${app.api_key}:${session.access_token}` }
  request(method, path, body) { return super.request(method, path, body, { authorization: this.authorization }) }
}

before(async () => { [owner, person] = [await signUp('App Owner'), await signUp('Asha Rao')] })

test('an app is registered; its secret is shown once', async () => {
  for (const [field, bad] of [
    ['redirect_url', { redirect_url: 'http://robot.example.com/' }], ['redirect_url', { redirect_url: 'https://a@b/' }],
    ['scopes', { scopes: [] }], ['scopes', { scopes: ['admin'] }], ['ips', { ips: ['10.0.0.0/8'] }],
    ['ips', { ips: ['10.0.0.1', '10.0.0.2', '10.0.0.3'] }], ['ips_for_all', { ips_for_all: true }], ['name', { name: '' }],
  ]) {
    const answer = await owner.request('POST', '/apps',
      { name: 'Robot', redirect_url: 'https://robot.example.com/', scopes: ['profile'], ...bad })
    assert.deepEqual([answer.status, answer.body.error.field], [400, field], answer.text)
  }
  const app = await makeApp()
  assert.match(app.api_key, /^[a-z2-7]{16}$/)
  assert.match(app.api_secret, /^[\w-]{43}$/)
  const listed = await owner.ok('GET', '/apps')
  assert.equal(listed.url, root)
  assert.deepEqual(listed.apps.map((row) => row.api_key), [app.api_key])
  assert.ok(!JSON.stringify(listed).includes(app.api_secret))
  assert.deepEqual((await person.ok('GET', '/apps')).apps, [])
  for (const [method, path] of [['DELETE', ''], ['POST', '/secret'], ['PUT', '/addresses']]) {
    const answer = await person.request(method, `/apps/${app.api_key}${path}`, method === 'PUT' ? { ips: [] } : undefined)
    assert.equal(answer.status, 404, answer.text)
  }
  // None of it without a proof of a quarter of an hour.
  await sql(`SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
    UPDATE sessions SET proved_at = now() - interval '1 hour' WHERE user_id = ${owner.user.id}`)
  await redis('FLUSHALL')
  await sleep(1100) // the server's own copy
  for (const [method, path, body] of [
    ['POST', '/apps', { name: 'Robot', redirect_url: 'https://robot.example.com/', scopes: ['profile'] }],
    ['POST', `/apps/${app.api_key}/secret`], ['PUT', `/apps/${app.api_key}/addresses`, { ips: [] }],
    ['POST', '/connect', { api_key: app.api_key }],
  ]) assert.equal((await owner.request(method, path, body)).body.error.code, 'step_up_required')
  await owner.ok('POST', '/auth/prove', { password: owner.password })
})

test('npm kiteconnect logs in, reads the profile and logs out', async () => {
  const app = await makeApp({ redirect_url: 'https://robot.example.com/back?x=1' })
  const asks = (await person.ok('GET', `/connect?api_key=${app.api_key}`)).app
  assert.deepEqual([asks.name, asks.scopes, asks.redirect_url], ['Robot', ['profile', 'orders.read'], app.redirect_url])
  assert.equal((await person.request('POST', '/connect', { api_key: app.api_key }, { 'x-csrf-token': '' })).status, 403)
  assert.equal((await new Client().request('POST', '/connect', { api_key: app.api_key })).status, 401)
  for (const redirect_params of ['a=b c', 'x#y', '\u00e9', 'request_token=mine']) {
    assert.equal((await person.request('POST', '/connect', { api_key: app.api_key, redirect_params })).status, 400)
  }
  const url = await sayYes(app, { redirect_params: 'state=7%26&more=1' })
  assert.equal(url.origin + url.pathname, 'https://robot.example.com/back')
  assert.deepEqual([...url.searchParams.keys()], ['x', 'action', 'type', 'status', 'request_token', 'state', 'more'])
  const request_token = url.searchParams.get('request_token')
  const client = new KiteConnect({ api_key: app.api_key, root })
  await assert.rejects(client.generateSession(request_token, 'a wrong secret'), { error_type: 'TokenException' })
  const session = await client.generateSession(request_token, app.api_secret)
  secrets.push(session.access_token)
  assert.deepEqual([session.user_id, session.email, session.user_shortname, session.api_key],
    [person.user.id, person.email, 'Asha', app.api_key])
  const claims = JSON.parse(Buffer.from(session.access_token.split('.')[1], 'base64url'))
  assert.deepEqual([claims.sub, claims.scope, claims.exp % 86400], [person.user.id, 'profile orders.read', 1800])
  assert.ok(claims.exp > Date.now() / 1000 && claims.exp <= Date.now() / 1000 + 86400)
  const profile = await client.getProfile()
  assert.deepEqual([profile.user_id, profile.user_name, profile.broker, profile.exchanges],
    [person.user.id, 'Asha Rao', 'BIJLI', ['NSE']])
  assert.equal((await person.ok('GET', '/apps')).apps[0].connected, true)
  await client.invalidateAccessToken(session.access_token)
  await assert.rejects(client.getProfile(), { error_type: 'TokenException' })

  // A request token that comes again: refused, and what it gave the first time ends.
  const second = (await sayYes(app)).searchParams.get('request_token')
  const next = await client.generateSession(second, app.api_secret)
  secrets.push(next.access_token)
  await client.getProfile()
  const again = new KiteConnect({ api_key: app.api_key, root })
  await assert.rejects(again.generateSession(second, app.api_secret), { error_type: 'TokenException' })
  await assert.rejects(client.getProfile(), { error_type: 'TokenException' })
})

test('Kite\u2019s way answers in Kite\u2019s envelope, and knows no cookie', async () => {
  const ask = async (path, headers = {}, method = 'GET') => {
    const answer = await fetch(root + path, { method, headers })
    return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.json() }
  }
  for (const [path, status, type, headers] of [
    ['/user/profile', 403, 'TokenException', { cookie: person.cookie }],
    ['/user/profile', 403, 'TokenException', { authorization: 'token abcdefghijklmnop:x.y.z' }],
    ['/user/profile', 400, 'InputException', { 'x-kite-version': '2' }], ['/nowhere', 404, 'GeneralException'],
    ['/session/token', 405, 'GeneralException'],
  ]) {
    const answer = await ask(path, headers)
    assert.deepEqual([answer.status, answer.type, answer.body.status, answer.body.error_type, answer.body.data],
      [status, 'application/json', 'error', type, null], path)
  }
  assert.equal((await ask('/session/token', {}, 'POST')).body.error_type, 'InputException')
  assert.equal((await fetch(`${config.web.origin}/kite/user/profile`)).status, 404)
})

test('the page asks before it goes back, and only to the registered place', { timeout: 60000 }, async () => {
  const app = await makeApp()
  const { page, refused } = await openPage({ viewport: { width: 1280, height: 720 } })
  await page.route('https://robot.example.com/**', (route) => route.fulfill({ body: 'back' }))
  await page.goto(`${config.web.origin}/connect/login?v=3&api_key=${app.api_key}&redirect_params=state%3D7&redirect_url=https://evil.example.com/`)
  await page.getByTestId('login-email').fill(person.email)
  await page.getByTestId('login-password').fill(person.password)
  await page.getByTestId('login-submit').click()
  await page.getByTestId('connect-yes').waitFor()
  assert.equal(await page.getByTestId('connect-name').textContent(), 'Robot')
  assert.equal(await page.getByTestId('connect-scopes').locator('li').count(), 2)
  await page.getByTestId('connect-yes').click()
  await page.waitForURL('https://robot.example.com/**')
  const back = new URL(page.url())
  assert.deepEqual([back.origin + back.pathname, back.searchParams.get('state')], [app.redirect_url, '7'])
  secrets.push(back.searchParams.get('request_token'))
  const client = new KiteConnect({ api_key: app.api_key, root })
  secrets.push((await client.generateSession(back.searchParams.get('request_token'), app.api_secret)).access_token)
  await page.goto(`${config.web.origin}/account/apps`)
  await page.getByTestId('app-disconnect').click()
  await page.getByText('None today.').waitFor()
  await assert.rejects(client.getProfile(), { error_type: 'TokenException' })
  assert.deepEqual(refused, [])
})

test('an app may what was granted, and never what is a person\u2019s own', async () => {
  const app = await makeApp()
  const { session } = await kite(app)
  const api = new AppClient(app, session)
  assert.equal((await api.ok('GET', '/me')).user.id, person.user.id)
  await api.ok('GET', '/orders')
  const wrong = await api.request('POST', '/orders', { symbol: 'INFY' })
  assert.deepEqual([wrong.status, wrong.body.error.text], [403, 'this app was not granted orders.write'])
  for (const [method, path] of [['GET', '/positions'], ['GET', '/market/quotes'], ['GET', '/auth/security'],
    ['GET', '/me/sessions'], ['DELETE', '/me/sessions'], ['GET', '/apps'], ['DELETE', `/apps/${app.api_key}`],
    ['POST', '/auth/logout'], ['GET', '/admin/audit'], ['GET', '/status'], ['PUT', '/watchlist']]) {
    const answer = await api.request(method, path, method === 'PUT' ? { symbols: [] } : undefined)
    assert.equal(answer.status, 403, `${method} ${path} ${answer.text}`)
  }
  const forged = new AppClient(app, { access_token: session.access_token.slice(0, -2) })
  assert.equal((await forged.get('/me')).status, 401)
})

test('a token ends at once: a new secret, the person\u2019s no, the app\u2019s end, an operator', async () => {
  const app = await makeApp()
  const isIn = async (api) => (await api.get('/me')).status === 200
  let api = new AppClient(app, (await kite(app)).session)
  assert.ok(await isIn(api))
  const { api_secret } = await owner.ok('POST', `/apps/${app.api_key}/secret`)
  secrets.push(api_secret)
  assert.ok(!await isIn(api))
  await assert.rejects(kite(app), { error_type: 'TokenException' })
  app.api_secret = api_secret
  api = new AppClient(app, (await kite(app)).session)
  assert.ok(await isIn(api))
  await person.ok('DELETE', `/apps/${app.api_key}/grant`)
  assert.ok(!await isIn(api))
  api = new AppClient(app, (await kite(app)).session)
  assert.ok(await isIn(api))
  assert.equal((await owner.request('DELETE', `/apps/${app.api_key}`)).status, 204)
  assert.ok(!await isIn(api))
  assert.equal((await person.request('GET', `/connect?api_key=${app.api_key}`)).status, 404)
  const other = await makeApp()
  api = new AppClient(other, (await kite(other)).session)
  assert.ok(await isIn(api))
  const admin = await demo('admin')
  await admin.ok('POST', `/admin/apps/${other.api_key}/revoke`, { reason: 'went wild' })
  assert.ok(!await isIn(api))
  const [entry] = (await admin.ok('GET', '/admin/audit?act=app.revoke&limit=1')).entries
  assert.deepEqual([entry.subject, entry.reason], [`app:${other.api_key}`, 'went wild'])
})

test('orders come from the listed addresses, which change once a week', async () => {
  const scopes = ['orders.read', 'orders.write', 'market.read']
  const far = await makeApp({ scopes, ips: ['203.0.113.7', '2001:db8::1'] })
  let api = new AppClient(far, (await kite(far)).session)
  const price = await offer(api, 'INFY')
  const { tick } = universe.find((row) => row.symbol === 'INFY')
  const order = { symbol: 'INFY', side: 'BUY', type: 'LIMIT', tif: 'IOC', qty: 1, price_paise: Math.ceil(price / tick) * tick }
  assert.equal((await api.request('POST', '/orders', order)).body.error.code, 'wrong_address')
  await api.ok('GET', '/orders')
  const early = await owner.request('PUT', `/apps/${far.api_key}/addresses`, { ips: ['127.0.0.1'] })
  assert.deepEqual([early.status, early.body.error.field], [409, 'ips'])
  const near = await makeApp({ scopes })
  await owner.ok('PUT', `/apps/${near.api_key}/addresses`, { ips: ['127.0.0.1'], ips_for_all: true })
  api = new AppClient(near, (await kite(near)).session)
  assert.equal((await api.ok('POST', '/orders', order)).order.symbol, 'INFY')
  assert.ok((await person.ok('GET', '/orders')).orders.length > 0)
})

// How many of cnt at once are let through, and the last that was not.
async function burst(api, cnt) {
  const answers = await Promise.all(Array.from({ length: cnt }, () => api.get('/me')))
  const refused = answers.filter((answer) => answer.status === 429)
  for (const answer of answers) assert.ok([200, 429].includes(answer.status), answer.text)
  return { passed: cnt - refused.length, last: refused.at(-1), first: answers[0] }
}

test('too many requests are refused, with Redis and without it', async () => {
  const app = await makeApp()
  const api = new AppClient(app, (await kite(app)).session)
  const there = await burst(api, 120)
  assert.equal(there.first.headers.get('ratelimit-limit'), '20')
  assert.ok(there.passed >= 14 && there.passed < 80, `${there.passed}`)
  assert.ok(Number(there.last.headers.get('retry-after')) >= 1)
  assert.deepEqual([there.last.headers.get('ratelimit-limit'), there.last.headers.get('ratelimit-remaining')], ['20', '0'])
  const other = await makeApp()
  const beside = new AppClient(other, (await kite(other)).session)
  assert.ok((await burst(beside, 5)).passed === 5) // another app's is its own
  const local = health('control').figures.limit_local
  sv('down', 'redis')
  await until('Redis is away', async () => (await redis('PING').catch(() => 'away')) !== 'PONG')
  try {
    const away = await burst(beside, 120)
    assert.ok(away.passed >= 10 && away.passed < 100, `${away.passed}`)
    await until('buckets of its own are counted', () => health('control').figures.limit_local > local)
  } finally {
    sv('up', 'redis')
  }
  await until('Redis is back', async () => (await redis('PING')) === 'PONG')
  await until('requests pass again', async () => (await beside.get('/me')).status === 200)
  assert.ok((await burst(beside, 120)).last)
})

test('operators list and end apps by bijlictl', async () => {
  const app = await makeApp()
  const listed = await ctl('app', 'list', owner.user.id)
  assert.equal(listed.code, 0, listed.err)
  assert.ok(listed.out.includes(app.api_key) && listed.out.includes('Robot'))
  assert.equal((await ctl('app', 'revoke', app.api_key)).code, 2)
  const ended = await ctl('app', 'revoke', app.api_key, '--reason', 'asked by mail')
  assert.equal(ended.code, 0, ended.err)
  assert.equal((await ctl('app', 'revoke', app.api_key, '--reason', 'again')).code, 1)
})

test('no secret and no token is in a log or in the trail', async () => {
  const admin = await demo('admin')
  const trail = JSON.stringify((await admin.ok('GET', '/admin/audit?act=app&limit=500')).entries)
  assert.ok(trail.includes('app.session') && trail.includes('"refused"'))
  const dir = `${process.env.BIJLI_VAR}/log`
  const logs = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    .map((entry) => readFileSync(`${entry.parentPath ?? entry.path}/${entry.name}`, 'latin1')).join('\n')
  assert.ok(secrets.length > 20 && logs.length > 1000)
  for (const secret of secrets) {
    assert.ok(!trail.includes(secret) && !logs.includes(secret))
    assert.ok(secret.length > 40)
  }
})
