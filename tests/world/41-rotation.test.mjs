// A session's token changes with what the session may do; the session stays, in every tab.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import WebSocket from 'ws'
import { openPage } from './browser.mjs'
import { replica, streamAt, there } from './replica.mjs'
import { addUser, bin, Client, config, ctl, demo, origin, redis, saw, signUp, sleep, sql, sv, until } from './world.mjs'

const own = async (client) => (await client.ok('GET', '/me/sessions')).sessions.find((s) => s.current)
const isOut = async (client) => (await client.get('/me')).status === 401
const copyOf = (client) => Object.assign(new Client(), { cookie: client.cookie, csrf: client.csrf, user: client.user })

// proveLater(person): as if a quarter of an hour had gone by.
async function proveLater(person) {
  await sql(`SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
    UPDATE sessions SET proved_at = now() - interval '1 hour' WHERE user_id = ${person.user.id}`)
  await redis('FLUSHALL')
  await sleep(1100) // the server's own copy
}

test('a step-up and a new password make another token; the old one opens nothing, the session is the same', { timeout: 60000 }, async () => {
  const person = await signUp('Asha Rao')
  const { id } = await own(person)
  await person.ok('PATCH', `/me/sessions/${id}`, { name: 'Desk' })
  const stream = await person.stream()
  for (const act of [
    () => person.ok('POST', '/auth/prove', { password: person.password }),
    () => person.ok('POST', '/auth/password', { old: person.password, password: person.next = `x${person.password}` }),
  ]) {
    const old = copyOf(person)
    await act()
    assert.notEqual(person.cookie, old.cookie)
    assert.ok(await isOut(old))
    assert.equal((await old.request('POST', '/auth/prove', { password: person.password })).status, 401)
    const now = await own(person)
    assert.deepEqual([now.id, now.name, (await person.get('/me')).body.csrf], [id, 'Desk', person.csrf])
  }
  // Nor in a copy that another replica would ask.
  assert.equal(stream.readyState, 1)
  const closed = new Promise((resolve) => stream.on('close', resolve))
  await person.ok('POST', '/auth/logout')
  await closed
})

test('an elevation that begins makes another token at its first use', { timeout: 60000 }, async () => {
  const [asker, admin] = [await addUser('support', 'Elevated'), await demo('admin')]
  const { id } = await own(asker)
  const { elevation } = await asker.ok('POST', '/elevations', { what: 'role:compliance', minutes: 5, reason: 'test' })
  await admin.ok('POST', `/elevations/${elevation.id}/approve`, {})
  const old = copyOf(asker)
  await asker.ok('GET', '/me')
  assert.equal(asker.cookie, old.cookie)
  await asker.ok('GET', '/admin/audit?limit=1')
  assert.notEqual(asker.cookie, old.cookie)
  assert.ok(await isOut(old))
  const before = asker.cookie
  await asker.ok('GET', '/admin/audit?limit=1') // once
  assert.equal(asker.cookie, before)
  assert.equal((await own(asker)).id, id)
  const [entry] = (await admin.ok('GET', `/admin/audit?act=session.rotate&actor=user:${asker.user.id}&limit=1`)).entries
  assert.deepEqual([entry.subject, entry.elevation], [`session:${id}`, elevation.id])
})

test('two tabs: one proves who it is, the other goes on', { timeout: 60000 }, async () => {
  const person = await signUp('Two Tabs')
  const { context, page: one } = await openPage()
  const cookie = async () => {
    const { value } = (await context.cookies()).find((c) => c.name === '__Host-bj_session')
    saw('cookie', value)
    return value
  }
  const two = await context.newPage()
  await one.goto(`${origin}/login`)
  await one.getByTestId('login-email').fill(person.email)
  await one.getByTestId('login-password').fill(person.password)
  await one.getByTestId('login-submit').click()
  await one.waitForURL((url) => !url.pathname.startsWith('/login'))
  const closed = []
  two.on('websocket', (socket) => socket.url().includes('/api/v1/stream') && socket.on('close', () => closed.push(socket.url())))
  await two.goto(`${origin}/orders`)
  await two.getByText('No orders').first().waitFor()
  await proveLater(person)
  const old = await cookie()
  await one.goto(`${origin}/account/security`)
  await one.getByTestId('totp-enrol').click()
  await one.getByTestId('proof-password').fill(person.password)
  await one.getByTestId('proof-submit').click()
  await one.getByTestId('totp-qr').waitFor()
  assert.notEqual(await cookie(), old)
  assert.ok(await isOut(Object.assign(new Client(), { cookie: `__Host-bj_session=${old}` })))
  // What was on its way in the other tab, with the old cookie, was refused.
  let refused = 0
  await two.route('**/api/v1/positions*', (route) => refused++ ? route.continue() : route.fulfill({ status: 401,
    json: { error: { code: 'not_logged_in', text: 'log in first' } } }))
  await two.getByTestId('tab-positions').click()
  await until('the request again', async () => refused > 1)
  // Its socket is the one from before, and hears of an order.
  const api = Object.assign(new Client(), { cookie: `__Host-bj_session=${await cookie()}` })
  api.csrf = (await api.ok('GET', '/me')).csrf
  await two.getByTestId('tab-orders').click()
  const { order } = await api.ok('POST', '/orders', { symbol: 'INFY', side: 'BUY', type: 'LIMIT', tif: 'DAY', qty: 1,
    price_paise: (await api.ok('GET', '/instruments')).instruments.find((i) => i.symbol === 'INFY').band_lo_paise })
  await two.getByTestId(`orders-row-${order.order_id}`).waitFor()
  assert.deepEqual(closed, [])
  await api.ok('DELETE', `/orders/${order.order_id}`)
})

// --- apps

const root = config.apps.url
// appFor(owner, person): an app of the owner's that acts for the person, as {api_key, request}.
async function appFor(owner, person, name = 'Robot') {
  const { app, api_secret } = await owner.ok('POST', '/apps',
    { name, redirect_url: 'https://robot.example.com/', scopes: ['profile', 'orders.read', 'orders.write'], kite_library: true })
  const { redirect } = await person.ok('POST', '/connect', { api_key: app.api_key })
  const request_token = new URL(redirect).searchParams.get('request_token')
  saw('request_token', request_token)
  const checksum = createHash('sha256').update(app.api_key + request_token + api_secret).digest('hex')
  const answer = await fetch(`${root}/session/token`, { method: 'POST',
    body: new URLSearchParams({ api_key: app.api_key, request_token, checksum }) })
  const { data } = await answer.json()
  saw('access_token', data.access_token)
  const client = new Client()
  const plain = client.request.bind(client)
  const authorization = `token ${app.api_key}:${data.access_token}`
  client.request = (method, path, body) => plain(method, path, body, { authorization })
  return Object.assign(client, { app, authorization })
}

test('an order says which app placed it: at once, in the database, to the operator and on the page', { timeout: 60000 }, async () => {
  const [owner, person] = [await signUp('App Owner'), await signUp('Two Ways')]
  const robot = await appFor(owner, person)
  const stream = await person.stream()
  const lo = (await person.ok('GET', '/instruments')).instruments.find((i) => i.symbol === 'TCS').band_lo_paise
  const ask = { symbol: 'TCS', side: 'BUY', type: 'LIMIT', tif: 'DAY', qty: 1, price_paise: lo }
  const by = { id: (await sql(`SELECT app_id FROM apps WHERE api_key = '${robot.app.api_key}'`))[0][0],
    api_key: robot.app.api_key, name: 'Robot' }
  const { order: theirs } = await robot.ok('POST', '/orders', ask)
  const { order: mine } = await person.ok('POST', '/orders', ask)
  assert.deepEqual([theirs.app, mine.app], [by, null])
  const told = await until('both on the stream', () => {
    const seen = Object.fromEntries(stream.got.filter((m) => m.type === 'order').map((m) => [m.order.order_id, m.order.app]))
    return seen[theirs.order_id] !== undefined && seen[mine.order_id] !== undefined && seen
  })
  assert.deepEqual([told[theirs.order_id], told[mine.order_id]], [by, null])
  // A change by the person does not make it the person's.
  const { order: changed } = await person.ok('PATCH', `/orders/${theirs.order_id}`, { qty: 2 })
  assert.deepEqual([changed.qty, changed.app], [2, by])
  await until('both in the database', async () =>
    (await sql(`SELECT order_id, app_id, qty FROM orders WHERE account_id = ${person.user.account_id} ORDER BY app_id`))
      .map((row) => row.join()).join(' ') === `${theirs.order_id},${by.id},2 ${mine.order_id},,1`)
  const log = async (order) => execFileSync(bin('bijli-audit'), ['--config', process.env.BIJLI_CONFIG, '--json', 'find',
    '--client-order-id', order.client_order_id], { encoding: 'utf8' }).trim().split('\n').map((line) => JSON.parse(line))
  const said = async (order) => (await log(order)).filter((row) => row.message === 'new order').map((row) => row.app)
  assert.deepEqual([await said(theirs), await said(mine)], [[Number(by.id)], [0]])
  sv('restart', 'control') // and so with nothing in its memory
  await until('control again', async () => (await person.get('/me')).status === 200)
  const listed = (await person.ok('GET', '/orders')).orders
  assert.deepEqual(listed.map((o) => o.app), [null, by])
  const told2 = await ctl('orders', 'TCS')
  assert.match(told2.out.split('\n').find((line) => line.startsWith(theirs.order_id)), new RegExp(by.api_key))
  for (const [width, height] of [[390, 800], [1280, 800]]) {
    const { context, page } = await openPage({ viewport: { width, height } })
    await context.addCookies([{ name: '__Host-bj_session', value: person.cookie.split('=')[1], url: origin, secure: true, httpOnly: true }])
    await page.goto(`${origin}/orders`)
    const row = page.getByTestId(`orders-row-${theirs.order_id}`)
    await row.getByText('by the app Robot').waitFor()
    assert.equal(await page.getByText('by the app Robot').count(), 1)
    if (process.env.BIJLI_SHOTS) await page.screenshot({ path: `${process.env.BIJLI_SHOTS}/orders-${width}.png` })
    await context.close()
  }
  for (const id of [theirs.order_id, mine.order_id]) await person.ok('DELETE', `/orders/${id}`)
})

test('a name holds what can be seen', { timeout: 60000 }, async () => {
  const person = await signUp('Names')
  const { id } = await own(person)
  for (const [name, ok] of [['Rob\u202eot', false], ['\u2066Desk', false], ['De\u200bsk', false], ['\u3164', false], ['   ', false],
    ['\u0d28\u0d4d\u200d', true], ['Desk 2', true]]) {
    for (const [method, path, body] of [['PATCH', `/me/sessions/${id}`, { name }], ['PATCH', '/me', { name }],
      ['POST', '/apps', { name, redirect_url: 'https://robot.example.com/', scopes: ['profile'] }]]) {
      const answer = await person.request(method, path, body)
      assert.deepEqual([answer.status < 300, answer.body.error?.field], ok ? [true, undefined] : [false, 'name'], `${path} ${answer.text}`)
    }
    const passkey = await person.request('POST', '/auth/passkeys', { name, client_data: 'e30', authenticator_data: 'AA' })
    assert.deepEqual([passkey.status, passkey.body.error.field], ok ? [403, 'passkey'] : [400, 'name'])
  }
})

// --- several servers

const streamThere = async (client) => streamAt((await replica()).base, client)

test('what ends at one server ends at the others, tokens and sockets, within a second', { timeout: 60000 }, async () => {
  const person = await signUp('Two Servers')
  const other = new Client()
  await other.login(person.email, person.password)
  const { id } = await own(other)
  const [stream, mine] = [await streamThere(other), await streamThere(person)]
  // Its own memory and Redis both know it.
  assert.deepEqual([await there({ cookie: other.cookie }), await there({ cookie: other.cookie })], [200, 200])
  const from = Date.now()
  assert.equal((await person.request('DELETE', `/me/sessions/${id}`)).status, 204)
  assert.ok(await stream.ended - from < 1000)
  assert.equal(await there({ cookie: other.cookie }), 401)
  const old = person.cookie
  assert.equal(await there({ cookie: old }), 200)
  await person.ok('POST', '/auth/prove', { password: person.password })
  await sleep(200) // on its way through the bus; without one, a second
  assert.deepEqual([await there({ cookie: old }), await there({ cookie: person.cookie })], [401, 200])
  assert.equal(mine.readyState, 1)
  mine.close()
})

test('a socket that opens while its session ends does not stay', { timeout: 60000 }, async () => {
  const person = await signUp('Racer')
  const left = []
  for (let i = 0; i < 12; i++) {
    const racer = new Client()
    await racer.login(person.email, person.password)
    const { id } = await own(racer)
    await redis('FLUSHALL')
    const sockets = [0, 1, 2].map(() => new WebSocket(`${origin.replace('https', 'wss')}/api/v1/stream`, { headers: { cookie: racer.cookie, origin } }))
    for (const socket of sockets) {
      socket.on('error', () => {})
      left.push(new Promise((resolve) => socket.on('close', resolve)))
    }
    await sleep(i)
    assert.equal((await person.request('DELETE', `/me/sessions/${id}`)).status, 204)
  }
  const late = sleep(3000).then(() => 'stays')
  assert.notEqual(await Promise.race([Promise.all(left), late]), 'stays')
})

test('a socket of a session that nobody told of asks for itself', { timeout: 60000 }, async () => {
  const person = await signUp('Untold')
  const stream = await streamThere(person)
  await sql(`SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
    DELETE FROM sessions WHERE user_id = ${person.user.id}`)
  sv('restart', 'nats') // who may have missed something asks at once, not in half a minute
  await stream.ended
})

test('an app\u2019s token is dead at once, everywhere: new password, person or owner erased', { timeout: 60000 }, async () => {
  const [owner, person] = [await signUp('Owner Leaves'), await signUp('Person Leaves')]
  const lives = async (robot) => [(await robot.get('/me')).status, await there({ authorization: robot.authorization })]
  const erase = async (who) => {
    await who.ok('POST', '/me/erasure')
    await sql(`SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL, NULL, 'local', NULL);
      UPDATE erasures SET asked_at = now() - interval '50 hours', due_at = now() - interval '1 hour' WHERE user_id = ${who.user.id}`)
    assert.equal((await ctl('privacy', 'run', '--reason', 'test')).code, 0)
  }
  let robot = await appFor(owner, person)
  assert.deepEqual(await lives(robot), [200, 200])
  await person.ok('POST', '/auth/password', { old: person.password, password: `y${person.password}` })
  assert.deepEqual(await lives(robot), [401, 401])
  robot = await appFor(owner, person, 'Robot 2')
  const [theirs, stranger] = [await appFor(person, owner, 'Robot 3'), await appFor(owner, owner, 'Robot 4')]
  for (const each of [robot, theirs, stranger]) assert.deepEqual(await lives(each), [200, 200])
  await erase(person)
  for (const each of [robot, theirs]) assert.deepEqual(await lives(each), [401, 401])
  assert.deepEqual(await lives(stranger), [200, 200])
  assert.equal((await owner.request('DELETE', `/apps/${stranger.app.api_key}`)).status, 204)
  assert.deepEqual(await lives(stranger), [401, 401])
})
