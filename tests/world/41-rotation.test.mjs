// A session's token changes with what the session may do; the session stays, in every tab.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { chromium } from 'playwright-core'
import { addUser, Client, demo, origin, redis, saw, signUp, sleep, sql, until } from './world.mjs'

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

test('a step-up and a new password make another token; the old one opens nothing, the session is the same', async () => {
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

test('an elevation that begins makes another token at its first use', async () => {
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
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'] })
  try {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 390, height: 800 } })
    const cookie = async () => {
      const { value } = (await context.cookies()).find((c) => c.name === '__Host-bj_session')
      saw('cookie', value)
      return value
    }
    const [one, two] = [await context.newPage(), await context.newPage()]
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
  } finally {
    await browser.close()
  }
})
