// What an app proves when it logs in and when it ends a token, what a person leaves it, and what is in no address.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { before, test } from 'node:test'
import { openPage, screens } from './browser.mjs'
import { replica } from './replica.mjs'
import { Client, behind, codeNow, codeTo, config, ctl, demo, health, latest, origin, redis, saw, signUp, sleep, sql, sv, ticksOf, universe, until } from './world.mjs'

const root = config.apps.url
const hex = (text) => createHash('sha256').update(text).digest('hex')
// RFC 7636, appendix B.
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const S256 = { code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' }
let owner
let person

async function makeApp(more = {}) {
  const { app, api_secret } = await owner.ok('POST', '/apps',
    { name: 'Robot', redirect_url: 'https://robot.example.com/back', scopes: ['profile', 'orders.read'], ...more })
  return { ...app, api_secret }
}
async function sayYes(app, more = S256) {
  const { redirect } = await person.ok('POST', '/connect', { api_key: app.api_key, ...more })
  const token = new URL(redirect).searchParams.get('request_token')
  saw('request_token', token)
  return token
}
async function kite(path, fields, method = 'POST', dpop) {
  const answer = await fetch(`${root}${path}`, { method, headers: dpop ? { dpop } : {}, body: method === 'POST' ? new URLSearchParams(fields) : undefined })
  const body = await answer.json()
  saw('access_token', body.data?.access_token)
  return { status: answer.status, type: body.error_type, data: body.data, message: body.message }
}
const exchange = (app, request_token, more = { code_verifier: VERIFIER }, dpop) => kite('/session/token',
  { api_key: app.api_key, request_token, checksum: hex(app.api_key + request_token + app.api_secret), ...more }, 'POST', dpop)
async function logIn(app, yes = S256, dpop) {
  const answer = await exchange(app, await sayYes(app, yes), yes.code_challenge ? undefined : {}, dpop)
  assert.equal(answer.status, 200, answer.message)
  return answer.data.access_token
}
const asApp = (app, token, path) => new Client().request('GET', path, undefined, { authorization: `token ${app.api_key}:${token}` })
const entries = async (act) => (await (await demo('admin')).ok('GET', `/admin/audit?act=${act}&limit=100`)).entries

before(async () => { [owner, person] = [await signUp('App Owner'), await signUp('Asha Rao')] })

test('who exchanges a request token is who began the log-in', async () => {
  const app = await makeApp()
  assert.equal(app.kite_library, false)
  for (const [more, field] of [[{}, 'code_challenge'], [{ ...S256, code_challenge_method: 'plain' }, 'code_challenge'],
    [{ code_challenge: S256.code_challenge }, 'code_challenge'], [{ ...S256, code_challenge: 'short' }, 'code_challenge']]) {
    const answer = await person.request('POST', '/connect', { api_key: app.api_key, ...more })
    assert.deepEqual([answer.status, answer.body.error.field], [400, field], answer.text)
    const query = new URLSearchParams({ api_key: app.api_key, ...more })
    assert.equal((await person.get(`/connect?${query}`)).status, 400)
  }
  const token = await sayYes(app)
  for (const code_verifier of ['', VERIFIER.slice(1), 'x'.repeat(129), `${VERIFIER.slice(1)}+`]) {
    const answer = await exchange(app, token, { code_verifier })
    assert.deepEqual([answer.status, answer.type], [400, 'InputException'], code_verifier)
  }
  assert.equal((await exchange(app, token)).status, 200) // what is no verifier has used nothing up
  // The first wrong one does, and so does none at all.
  for (const wrong of [{ code_verifier: `${VERIFIER.slice(0, -1)}l` }, { code_verifier: S256.code_challenge }, {}]) {
    const next = await sayYes(app)
    assert.equal((await exchange(app, next, wrong)).type, 'TokenException')
    assert.equal((await exchange(app, next)).type, 'TokenException')
  }
  // One of Kite's libraries knows none of it; but who sends a challenge is held to it, and a verifier wants one.
  const old = await makeApp({ kite_library: true })
  await logIn(old, {})
  assert.equal((await exchange(old, await sayYes(old), {})).status, 403)
  assert.equal((await exchange(old, await sayYes(old, {}))).status, 403)
  const why = (await entries('app.session')).filter((entry) => entry.outcome === 'refused').map((entry) => entry.reason)
  assert.ok(why.includes('not with the verifier of the log-in'))
})

test('owner and staff say what is demanded of an app', async () => {
  const app = await makeApp({ kite_library: true })
  const waiting = await sayYes(app, {})
  await owner.ok('PUT', `/apps/${app.api_key}/library`, { kite_library: false })
  assert.equal((await exchange(app, waiting, {})).status, 403) // said yes to a moment ago
  await owner.ok('PUT', `/apps/${app.api_key}/library`, { kite_library: true })
  await logIn(app, {})
  assert.equal((await person.request('PUT', `/apps/${app.api_key}/library`, { kite_library: false })).status, 404)
  const done = await ctl('app', 'demand', app.api_key, '--reason', 'seen in the wild')
  assert.equal(done.code, 0, done.err)
  assert.match((await ctl('app', 'list', owner.user.id)).out, new RegExp(`${app.api_key}.* PKCE `))
  assert.equal((await person.request('POST', '/connect', { api_key: app.api_key })).status, 400)
  const [entry] = await entries('app.library')
  assert.deepEqual([entry.subject, entry.reason, entry.after],
    [`app:${app.api_key}`, 'seen in the wild', '{"kite_library":false,"bound":false}'])
})

test('an app ends its token by its secret', async () => {
  const [app, other] = [await makeApp(), await makeApp({ kite_library: true })]
  const token = await logIn(app)
  const end = (of, secret = of.api_secret, what = token) => kite('/session/revoke',
    { api_key: of.api_key, token: what, checksum: hex(of.api_key + what + secret) })
  assert.equal((await end(app, other.api_secret)).type, 'TokenException')
  assert.equal((await end(other)).status, 200) // and has ended nothing
  assert.equal((await kite(`/session/token?api_key=${app.api_key}&access_token=${token}`, null, 'DELETE')).type, 'PermissionException')
  assert.equal((await asApp(app, token, '/me')).status, 200)
  assert.equal((await end(app)).status, 200)
  assert.equal((await asApp(app, token, '/me')).status, 401)
  assert.equal((await end(app)).status, 200) // RFC 7009, 2.2
  assert.equal((await end(app, app.api_secret, 'none')).status, 200)
  // Kite's libraries go on as they do.
  const theirs = await logIn(other, {})
  assert.equal((await kite(`/session/token?api_key=${other.api_key}&access_token=${theirs}`, null, 'DELETE')).status, 200)
  assert.equal((await asApp(other, theirs, '/me')).status, 401)
})

test('a person leaves an app less, and it obeys at once', async () => {
  const app = await makeApp()
  const token = await logIn(app)
  assert.equal((await asApp(app, token, '/orders')).status, 200)
  await person.ok('PUT', `/apps/${app.api_key}/grant`, { scopes: ['profile'] })
  assert.equal((await asApp(app, token, '/orders')).status, 403)
  assert.equal((await asApp(app, token, '/me')).status, 200)
  for (const scopes of [['profile', 'orders.read'], ['profile', 'orders.write']]) {
    assert.equal((await person.request('PUT', `/apps/${app.api_key}/grant`, { scopes })).status, 409)
  }
  assert.equal((await owner.request('PUT', `/apps/${app.api_key}/grant`, { scopes: ['profile'] })).status, 404)
  const [row] = (await person.ok('GET', '/apps')).apps.filter((one) => one.api_key === app.api_key)
  assert.deepEqual([row.connected, row.granted], [true, ['profile']])
  const [entry] = await entries('app.narrow')
  assert.deepEqual([entry.actor, entry.before, entry.after],
    [`user:${person.user.id}`, '{"scopes":"profile orders.read"}', '{"scopes":"profile"}'])
  // Asked again, it is what was left; and a token may no more than was said yes to.
  const query = new URLSearchParams({ api_key: app.api_key, ...S256 })
  assert.deepEqual((await person.ok('GET', `/connect?${query}`)).app.granted, ['profile'])
  assert.equal((await person.request('POST', '/connect', { api_key: app.api_key, ...S256, scopes: ['orders.write'] })).status, 400)
  const next = await logIn(app, { ...S256, scopes: ['orders.read'] })
  assert.deepEqual([(await asApp(app, next, '/orders')).status, (await asApp(app, next, '/me')).status], [200, 403])
  assert.equal(JSON.parse(Buffer.from(next.split('.')[1], 'base64url')).scope, 'orders.read')
})

// prover(): a key of its own, and proofs by it as RFC 9449 has them.
function prover() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' })
  const text = (json) => Buffer.from(JSON.stringify(json)).toString('base64url')
  return (htm, htu, token, more = {}) => {
    const claims = { jti: randomUUID(), htm, htu, iat: Math.floor(Date.now() / 1000), ...more,
      ...(token ? { ath: createHash('sha256').update(token).digest('base64url') } : {}) }
    const signed = `${text({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } })}.${text(claims)}`
    return `${signed}.${sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
  }
}

test('a token that is bound to a key opens nothing without it', { timeout: 60000 }, async () => {
  const [app, prove, thief] = [await makeApp({ scopes: ['profile', 'orders.read', 'orders.write'] }), prover(), prover()]
  const before = await logIn(app)
  const both = await owner.request('PUT', `/apps/${app.api_key}/library`, { kite_library: true, bound: true })
  assert.equal(both.body.error.field, 'bound')
  await owner.ok('PUT', `/apps/${app.api_key}/library`, { kite_library: false, bound: true })
  assert.equal((await asApp(app, before, '/me')).status, 401)
  assert.match((await ctl('app', 'list', owner.user.id)).out, new RegExp(`${app.api_key}.* DPoP `))
  assert.equal((await exchange(app, await sayYes(app))).status, 403)
  const at = (dpop) => async () => {
    const request_token = await sayYes(app)
    const answer = await fetch(`${root}/session/token`, { method: 'POST', headers: dpop ? { dpop } : {}, body: new URLSearchParams(
      { api_key: app.api_key, request_token, checksum: hex(app.api_key + request_token + app.api_secret), code_verifier: VERIFIER }) })
    return { ...await answer.json(), code: answer.status }
  }
  for (const wrong of ['x', prove('GET', `${root}/session/token`), prove('POST', `${root}/session`), prove('POST', `${root}/session/token`, null, { iat: 1 })]) {
    const answer = await at(wrong)()
    assert.deepEqual([answer.code, answer.error_type], [400, 'InputException'], answer.message)
  }
  const { data } = await at(prove('POST', `${root}/session/token`))()
  const token = data.access_token
  saw('access_token', token)
  const own = `${origin}/api/v1`
  const ask = (path, dpop, method = 'GET', body) => new Client().request(method, path, body,
    { authorization: `token ${app.api_key}:${token}`, ...(dpop ? { dpop } : {}) })
  const good = prove('GET', `${own}/me`, token)
  const refused = () => Object.fromEntries(Object.entries(health('control').figures).filter(([name]) => name.startsWith('proof_')))
  const counted = refused()
  assert.equal((await ask('/me', good)).status, 200)
  const wrong = [['replay', good], ['missing', null], ['form', 'x'], ['key', thief('GET', `${own}/me`, token)],
    ['htu', prove('GET', `${own}/orders`, token)], ['htm', prove('POST', `${own}/me`, token)],
    ['ath', prove('GET', `${own}/me`, before)], ['ath', prove('GET', `${own}/me`)],
    ['iat', prove('GET', `${own}/me`, token, { iat: Math.floor(Date.now() / 1000) - 90 })],
    ['jti', prove('GET', `${own}/me`, token, { jti: 'short' })],
    ['signature', `${prove('GET', `${own}/me`, token).slice(0, -8)}AAAAAAAA`],
    ['htu', prove('GET', 'https://evil.example.com/api/v1/me', token)]]
  for (const [what, dpop] of wrong) {
    const answer = await ask('/me', dpop)
    assert.equal(answer.status, 401, what)
    const [, error, text] = /^DPoP error="([a-z_]+)", error_description="([^"]+)", algs="ES256 EdDSA"$/.exec(answer.headers.get('www-authenticate')) ?? []
    assert.equal(error, what === 'key' ? 'invalid_token' : 'invalid_dpop_proof', what)
    assert.deepEqual([answer.body.error.field, answer.body.error.text], ['DPoP', `DPoP: ${text}`])
  }
  await until('each is counted by what was wrong', () => {
    const now = refused()
    return wrong.every(([what]) => now[`proof_${what}`] >= counted[`proof_${what}`] + wrong.filter(([other]) => other === what).length)
  })
  assert.equal((await ask('/orders?limit=1', prove('GET', `${own}/orders`, token))).status, 200)
  assert.equal((await ask('/orders', prove('POST', `${own}/orders`, token), 'POST', { symbol: 'INFY' })).body.error.code, 'bad_request')
  const profile = await fetch(`${root}/user/profile`,
    { headers: { authorization: `token ${app.api_key}:${token}`, dpop: prove('GET', `${root}/user/profile`, token) } })
  assert.equal(profile.status, 200)
  // What came is remembered by PostgreSQL: an empty Redis, and none, forget nothing.
  const kept = prove('GET', `${own}/me`, token)
  assert.equal((await ask('/me', kept)).status, 200)
  await redis('FLUSHALL')
  assert.equal((await ask('/me', kept)).status, 401)
  sv('down', 'redis')
  try {
    await until('Redis is away', async () => (await redis('PING').catch(() => 'away')) !== 'PONG')
    assert.equal((await ask('/me', kept)).status, 401)
    assert.equal((await ask('/me', prove('GET', `${own}/me`, token))).status, 200)
  } finally {
    sv('up', 'redis')
  }
  await until('Redis is back', async () => (await redis('PING').catch(() => 'away')) === 'PONG')
  // As a crash of PostgreSQL leaves it: for a minute nobody can say, and that is what is said.
  await sql('DELETE FROM app_proofs; DELETE FROM app_proofs_since')
  const young = await ask('/me', prove('GET', `${own}/me`, token))
  assert.deepEqual([young.status, young.headers.get('retry-after')], [503, '60'], young.text)
  await sql("UPDATE app_proofs_since SET at = '-infinity'")
  assert.equal((await ask('/me', prove('GET', `${own}/me`, token))).status, 200)
})

// A second server, which demands a key of every app, and soon remembers no more proofs.
const strict = () => replica({ apps: { ...config.apps, bound: 'demanded', proofs_max: 3 } })

test('where a key is demanded of every app, one without gets no token and goes on with none', async () => {
  const [app, old] = [await makeApp(), await makeApp({ kite_library: true })]
  const [token, theirs] = [await logIn(app), await logIn(old, {})]
  const { socket } = await strict()
  const ask = (path, headers, more = {}) => behind(path, headers, { socketPath: socket, ...more })
  const mine = { cookie: owner.cookie, 'x-csrf-token': owner.csrf, 'content-type': 'application/json' }
  assert.equal(JSON.parse((await ask('/apps', mine)).text).bound_demanded, true)
  for (const [one, its] of [[app, token], [old, theirs]]) {
    assert.equal((await ask('/me', { authorization: `token ${one.api_key}:${its}` })).status, 401)
    assert.equal((await asApp(one, its, '/me')).status, 200) // the other server lets its owner choose
  }
  const made = await ask('/apps', mine, { method: 'POST', body: JSON.stringify(
    { name: 'Robot', redirect_url: 'https://robot.example.com/back', scopes: ['profile'], kite_library: true }) })
  assert.deepEqual([made.status, JSON.parse(made.text).error.field], [400, 'kite_library'], made.text)
  const asked = await ask(`/connect?api_key=${old.api_key}`, { cookie: person.cookie })
  assert.deepEqual([asked.status, JSON.parse(asked.text).error.code], [403, 'not_allowed'])
  assert.match(asked.text, /Kite Connect's libraries have none/)
  // Without a proof nothing is used up, and the reason is said.
  const request_token = await sayYes(app)
  const body = new URLSearchParams({ api_key: app.api_key, request_token, code_verifier: VERIFIER,
    checksum: hex(app.api_key + request_token + app.api_secret) }).toString()
  const refused = await ask('/session/token', { 'content-type': 'application/x-www-form-urlencoded' }, { root: '/kite', method: 'POST', body })
  assert.deepEqual([refused.status, JSON.parse(refused.text).message], [400, 'DPoP: a proof of the key is wanted in the header DPoP'])
  assert.match(refused.headers['www-authenticate'], /^DPoP error="invalid_dpop_proof"/)
  assert.equal((await exchange(app, request_token)).status, 200)
  for (const one of [app, old]) await owner.ok('DELETE', `/apps/${one.api_key}`) // a person may have ten
})

test('two servers, and a full one: a proof is good once', { timeout: 60000 }, async () => {
  const [app, prove] = [await makeApp(), prover()]
  const token = await logIn(app, S256, prove('POST', `${root}/session/token`))
  const { socket } = await strict()
  const headers = (dpop) => ({ authorization: `token ${app.api_key}:${token}`, dpop })
  const here = async (dpop) => (await new Client().request('GET', '/me', undefined, headers(dpop))).status
  const there = (dpop) => behind('/me', headers(dpop), { socketPath: socket })
  const own = () => prove('GET', `${origin}/api/v1/me`, token)
  const [one, two] = [own(), own()]
  assert.deepEqual([await here(one), (await there(one)).status, (await there(two)).status, await here(two)], [200, 401, 200, 401])
  assert.equal((await there(own())).status, 200)
  const full = await there(own())
  assert.deepEqual([full.status, full.headers['retry-after']], [503, '10'])
  assert.match(full.text, /more proofs came than can be remembered/)
  assert.equal(await here(own()), 200)
})

test('Kite\u2019s way has a name of its own: no cookie of the site goes there', async () => {
  const [site, apps] = [new URL(origin), new URL(root)]
  assert.notEqual(site.hostname, apps.hostname)
  assert.equal((await fetch(`${root}/user/profile`)).status, 403)
  const answer = await fetch(`https://${site.hostname}:${apps.port}/user/profile`)
  assert.deepEqual([answer.status, (await answer.json()).error_type], [421, 'NetworkException'])
  assert.deepEqual([answer.headers.get('x-content-type-options'), answer.headers.get('cache-control')], ['nosniff', 'no-store'])
})

test('with a public name Kite\u2019s way gets another one, which the certificate has to have', () => {
  const dir = mkdtempSync(`${tmpdir()}/bijli-names.`)
  chmodSync(dir, 0o755)
  try {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=x',
      '-addext', 'subjectAltName=DNS:trade.bijli.example,DNS:api.bijli.example', '-keyout', `${dir}/key.pem`, '-out', `${dir}/cert.pem`], { stdio: 'ignore' })
    const made = (name, begin = { BIJLI_HOST: 'trade.bijli.example', BIJLI_CERT: `${dir}/cert.pem`, BIJLI_KEY: `${dir}/key.pem` }) => {
      execFileSync('bash', ['-c', `set -euo pipefail
        source deploy/dev/lib/world.sh
        for part in users secrets public services; do source "$DEV/lib/$part.sh"; done
        HUGE=false
        host_asked
        mkdir -p "$VAR/tls" "$VAR/state"
        host_certificate
        nginx_files
        config_make
        host_keep`], { stdio: 'pipe', env: { ...process.env, BIJLI_VAR: `${dir}/var`, BIJLI_ID: 'nam', BIJLI_PORT: '20000', ...begin,
        ...(name ? { BIJLI_KITE_HOST: name } : {}) } })
      const { apps, web } = JSON.parse(readFileSync(`${dir}/var/etc/bijli.json`, 'utf8'))
      const names = [...readFileSync(`${dir}/var/etc/nginx.conf`, 'utf8').matchAll(/server_name (.*);/g)].map((found) => found[1])
      return [new URL(web.origin).hostname, new URL(apps.url).hostname, ...names]
    }
    const [site, api] = ['trade.bijli.example', 'api.bijli.example']
    assert.deepEqual(made(''), [site, site, site, site])
    assert.deepEqual(made(api), [site, api, site, api])
    assert.deepEqual(made('', {}), [site, api, site, api]) // kept
    assert.throws(() => made('other.example'), /is not for other\.example/)
    assert.throws(() => made('no name'), /BIJLI_KITE_HOST=.*a name in small letters/)
  } finally {
    rmSync(dir, { recursive: true })
  }
})

// --- sockets of prices

const closed = (socket) => new Promise((resolve) => socket.once('close', (code, reason) => resolve([code, reason.toString(), Date.now()])))
const one = universe[0].token
async function another() {
  const client = new Client()
  await client.login(person.email, person.password)
  return client
}
const ticketOf = (app, token) => new Client().request('GET', '/market/ticket', undefined, { authorization: `token ${app.api_key}:${token}` })
async function ticksAs(app, token) {
  const answer = await ticketOf(app, token)
  assert.equal(answer.status, 200, answer.text)
  return ticksOf(answer.body, [one])
}

test('prices end with the session or the access token that they came by', async (t) => {
  const app = await makeApp({ scopes: ['profile', 'market.read'] })
  const token = await logIn(app)
  const [here, stays] = [await another(), await person.ticks([one])]
  const ends = {
    'a log-out': [await (async (client) => [await client.ticks([one]), () => client.ok('POST', '/auth/logout')])(await another())],
    'another ends it': [[await here.ticks([one]), async () => {
      const [row] = (await here.ok('GET', '/me/sessions')).sessions.filter((session) => session.current)
      await person.ok('DELETE', `/me/sessions/${row.id}`)
    }]],
    'a grant made less': [[await ticksAs(app, token), () => person.ok('PUT', `/apps/${app.api_key}/grant`, { scopes: ['market.read'] })]],
  }
  for (const [what, [[socket, act]]] of Object.entries(ends)) {
    await until('prices', () => socket.packets.has(one))
    const end = closed(socket)
    await act()
    const since = Date.now()
    const [code, reason, at] = await end
    assert.deepEqual([code, reason], [4001, 'the session or access token ended or was changed'], what)
    t.diagnostic(`${what}: ${at - since} ms`)
  }
  // It may have prices still, by a ticket from after that.
  await assert.rejects(ticksAs(app, token), /403/)
  const next = await until('a ticket of what is left', () => ticksAs(app, token).catch(() => null))
  const end = closed(next)
  await owner.ok('DELETE', `/apps/${app.api_key}`)
  assert.equal((await end)[0], 4001)
  assert.equal((await ticketOf(app, token)).status, 401)
  // A ticket of a moment ago opens nothing either.
  const late = await another()
  const ticket = await late.ok('GET', '/market/ticket')
  await late.ok('POST', '/auth/logout')
  await until('it is heard', () => ticksOf(ticket, [one]).then((socket) => { socket.close() }, (error) => /403/.test(error.message)))
  assert.equal(stays.readyState, 1)
  stays.close()
})

test('a page brings a new ticket before its socket\u2019s life is over, and nobody sees it', { timeout: 60000 }, async () => {
  const file = `${process.env.BIJLI_VAR}/etc/bijli.json`
  const whole = readFileSync(file, 'utf8')
  const restart = async (text) => {
    writeFileSync(file, text)
    sv('restart', 'edge')
    await until('the edge', () => person.ticks([one]).then((socket) => { socket.close(); return true }, () => false))
  }
  await restart(JSON.stringify({ ...config, edge: { ...config.edge, life_s: 2 } }))
  try {
    const { page, refused } = await openPage()
    const sockets = []
    page.on('websocket', (socket) => { if (socket.url().startsWith(config.web.edge_url)) sockets.push(socket) })
    await page.goto(`${origin}/login`)
    await page.getByTestId('login-email').fill(person.email)
    await page.getByTestId('login-password').fill(person.password)
    await page.getByTestId('login-submit').click()
    await page.waitForFunction(() => document.querySelector('[data-testid=connection]')?.textContent.toLowerCase().includes('live'))
    await page.evaluate(() => {
      window.words = new Set()
      setInterval(() => window.words.add(document.querySelector('[data-testid=connection]').textContent), 5)
    })
    await until('three sockets', () => sockets.length >= 3)
    assert.equal((await page.evaluate(() => [...window.words])).length, 1, (await page.evaluate(() => [...window.words])).join())
    await until('the old ones are closed', () => sockets.filter((socket) => !socket.isClosed()).length <= 2)
    await until('they are counted', () => health('edge').figures.renews >= 2)
    assert.equal(health('edge').figures.outlived, 0)
    assert.deepEqual(refused, [])
  } finally {
    await restart(whole)
  }
})

// Every address that the browser asked for while act ran.
async function addresses(page, act) {
  const seen = []
  const note = (request) => seen.push(request.url())
  const dial = (socket) => seen.push(socket.url())
  page.on('request', note)
  page.on('websocket', dial)
  await act()
  page.off('request', note)
  page.off('websocket', dial)
  return seen
}

test('a mail\u2019s link and the tick socket\u2019s ticket are in no address that is asked for', { timeout: 90000 }, async () => {
  const { page, refused } = await openPage()
  const linkOf = async (old) => {
    await new Client().ok('POST', '/auth/forgot', { email: person.email })
    return until('a mail', async () => {
      const [link, token] = /https:\S+\/reset#token=([\w-]{43})/.exec((await latest(person.email))?.text ?? '') ?? []
      return token && token !== old && { link, token }
    })
  }
  // And the code that went to the phone of who has no second factor.
  const choose = async (password) => {
    const old = await codeNow(person.phone)
    await page.getByTestId('reset-password').fill(person.password = password)
    await page.getByTestId('reset-submit').click()
    await page.getByTestId('reset-code').fill(await codeTo(person.phone, old))
    await page.getByTestId('reset-submit').click()
    await page.getByTestId('reset-done').waitFor()
  }
  const first = await linkOf('')
  saw('token', first.token)
  let asked = await addresses(page, async () => {
    await page.goto(first.link)
    await page.getByTestId('reset-password').waitFor()
  })
  assert.ok(asked.length > 2 && !asked.some((url) => url.includes(first.token)))
  assert.equal(new URL(page.url()).hash, '')
  // Another link in the same tab loads nothing anew, and counts; one of before, in the query, goes on.
  const second = await linkOf(first.token)
  saw('token', second.token)
  await page.goto(second.link)
  await page.waitForURL(`${origin}/reset`)
  await choose('nine boats at the far quay')
  const third = await linkOf(second.token)
  saw('token', third.token)
  await page.goto(third.link.replace('#', '?'))
  await choose('ten boats at the far quay')
  asked = await addresses(page, async () => {
    await page.goto(`${origin}/login`)
    await page.getByTestId('login-email').fill(person.email)
    await page.getByTestId('login-password').fill(person.password)
    const socket = page.waitForEvent('websocket', (one) => one.url().startsWith(config.web.edge_url))
    await page.getByTestId('login-submit').click()
    await (await socket).waitForEvent('framereceived')
  })
  assert.ok(asked.includes(config.web.edge_url) && asked.every((url) => !/ticket=|token=/.test(url)), asked.join('\n'))
  await person.login(person.email, person.password)

  // The page asks before it goes back, with the challenge of the link, and only for what is ticked; then less is left.
  const app = await makeApp()
  await page.route('https://robot.example.com/**', (route) => route.fulfill({ body: 'back' }))
  await page.goto(`${origin}/connect/login?v=3&api_key=${app.api_key}`)
  assert.match(await page.getByTestId('form-error').textContent(), /code_challenge is missing/)
  await page.goto(`${origin}/connect/login?v=3&api_key=${app.api_key}&${new URLSearchParams(S256)}`)
  await page.getByTestId('connect-yes').click()
  await page.waitForURL('https://robot.example.com/**')
  const request = new URL(page.url()).searchParams.get('request_token')
  saw('request_token', request)
  const { data: { access_token: token } } = await exchange(app, request)
  await page.goto(`${origin}/account/apps`)
  await page.getByTestId('app-change').first().click()
  await page.getByTestId('scope-orders.read').click()
  await page.screenshot({ path: `${screens}/51-change.png` })
  await page.getByTestId('grant-set').click()
  await page.getByTestId('grant-set').waitFor({ state: 'detached' })
  assert.deepEqual([(await asApp(app, token, '/orders')).status, (await asApp(app, token, '/me')).status], [403, 200])
  assert.deepEqual(refused, [])
})

// What control's log says of somebody's malformed input.
const said = () => readFileSync(`${process.env.BIJLI_VAR}/log/control/current`, 'utf8').split('\n')
  .map((line) => /"text":"(malformed: [^"]*)"/.exec(line)?.[1]).filter(Boolean)

test('input of a wrong form is counted, and logged without what was in it, a few lines a minute', { timeout: 90000 }, async () => {
  const json = { 'content-type': 'application/json' }
  const cases = [
    ['no JSON object', 400, '/watchlist', '{"symbols": [open sesame'], ['wrong kind', 400, '/watchlist', '{"symbols": "open sesame"}'],
    ['unknown field', 400, '/watchlist', '{"symbols": [], "open sesame": 1}'], ['missing field', 400, '/watchlist', '{}'],
    ['content type', 415, '/watchlist', 'symbols=open+sesame', { 'content-type': 'application/x-www-form-urlencoded' }],
  ]
  const before = health('control').figures.malformed
  for (const [word, status, path, body, headers = json] of cases) {
    const someone = await signUp()
    assert.equal((await someone.request('PUT', path, body, headers)).status, status, word)
    if (word === 'content type') continue // nobody, like the others here: below
    await until(word, () => said().includes(`malformed: ${word}, ${status}, user:${someone.user.id} as client, PUT ${path}, from 127.0.0.1`))
  }
  // What anybody may mistype is none: too short, out of bounds.
  assert.equal((await person.request('POST', '/auth/password', { old: person.password, password: 'short' })).status, 400)
  // Who was not looked up is one person, with six lines a minute: sent until there is room again.
  // Past nginx, which says so itself of what is too large.
  const large = () => behind('/auth/login', json, { method: 'POST', body: 'x'.repeat(65537) }).then((answer) => answer.status)
  const post = (url, body, type) => fetch(url, { method: 'POST', headers: { 'content-type': type }, body }).then((answer) => answer.status)
  for (const [line, status, ask] of [
    ['malformed: content type, 415, nobody, POST /auth/login, from 127.0.0.1', 415, () => post(`${origin}/api/v1/auth/login`, 'a=b', 'text/plain')],
    ['malformed: no form, 400, nobody, POST /session/token, from 127.0.0.1', 400,
      () => post(`${root}/session/token`, 'a=%zz', 'application/x-www-form-urlencoded')],
    ['malformed: body too large, 413, nobody, POST /auth/login, from 127.0.0.1', 413, large],
  ]) {
    await until(line, async () => {
      assert.equal(await ask(), status, line)
      await sleep(700) // no faster than the log-ins' own limit
      return said().includes(line)
    })
  }
  assert.ok(!said().some((line) => line.includes(`user:${person.user.id} as client, POST /auth/password`)))
  assert.equal((await fetch(`${origin}/api/v1/auth/login`, { method: 'POST', headers: json, body: 'x'.repeat(65537) })).status, 413)
  await until('nginx', () => /intended to send too large body/.test(readFileSync(`${process.env.BIJLI_VAR}/log/nginx/current`, 'utf8')))
  const flood = await signUp()
  for (let i = 0; i < 40; i++) await flood.request('PUT', '/watchlist', '[')
  const [own] = [said().filter((line) => line.includes(`user:${flood.user.id} `))]
  assert.ok(own.length >= 5 && own.length <= 8, `${own.length}`)
  await until('all are counted', () => health('control').figures.malformed >= before + cases.length + 43)
  const dir = `${process.env.BIJLI_VAR}/log`
  for (const file of readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())) {
    assert.ok(!readFileSync(`${file.parentPath ?? file.path}/${file.name}`, 'latin1').includes('open sesame'), file.name)
  }
})
