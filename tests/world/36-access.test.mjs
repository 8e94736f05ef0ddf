// Who may do what (docs/access.md), over HTTPS: every route of the API before every role and with somebody else's
// identifiers, as written out here; what a dealer may for others; rights for a while, asked for by one and given by
// another.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { before, test } from 'node:test'
import { Client, addUser, bin, ctl, offer, sql, universe, until } from './world.mjs'

const SYMBOL = universe[6].symbol
const ROLES = ['client', 'dealer', 'risk', 'compliance', 'support', 'admin', 'auditor']
const people = {}
let victim // a client of branch 1, with an order and a session; the dealer is of branch 7
let order
let asked // an elevation that the operator waits for

const again = (who) => who.login(who.email, who.password)
const entries = async (query) => (await people.auditor.ok('GET', `/admin/audit?${query}`)).entries
// As the superuser, who need not leave an entry.
const quietly = (text) => sql(`BEGIN; SET LOCAL session_replication_role = replica; ${text}; COMMIT`)

// What a request came to: log 401; hid 404; no, ask: 403 for the role, for want of an elevation; 403 for anything else is
// its code; ok: it was let through, whatever the handler then said to a body that says nothing.
function verdictOf({ status, body }) {
  if (status === 401) return 'log'
  if (status === 404) return 'hid'
  if (status !== 403) return 'ok'
  return { not_allowed: 'no', elevation_required: 'ask' }[body.error.code] ?? body.error.code
}

before(async () => {
  for (const role of ROLES) people[role] = await addUser(role)
  victim = await addUser('client')
  await quietly(`UPDATE users SET branch_id = 7 WHERE user_id = ${people.dealer.user.id}`)
  await again(people.dealer)
  const price = Math.round((await offer(victim, SYMBOL)) * 0.95 / universe[6].tick) * universe[6].tick
  order = (await victim.ok('POST', '/orders',
    { symbol: SYMBOL, side: 'BUY', type: 'LIMIT', tif: 'DAY', qty: 1, price_paise: price })).order
  const told = await ctl('approve', 'ask', 'right:user_set', '--minutes', '5', '--reason', 'test of access', '--json')
  assert.equal(told.code, 0, told.err)
  asked = JSON.parse(told.out).elevation.id
})

// A line a route of bijli-control --routes. * is what stands in `stars`, mostly the victim's. Order of columns: nobody,
// then ROLES.
const WALK = `
                                      nobody client dealer risk compliance support admin auditor
GET /health                             ok     ok     ok    ok    ok         ok      ok    ok
POST /csp-reports                       ok     ok
POST /auth/register                     ok     ok
POST /auth/confirm                      ok     ok
POST /auth/login                        ok     ok
POST /auth/login/factor                 ok     ok
POST /auth/forgot                       ok     ok
POST /auth/reset                        ok     ok
POST /auth/login/passkey/challenge      ok     ok
POST /auth/login/passkey                ok     ok
POST /auth/login/factor/passkey         ok     ok
POST /auth/login/factor/challenge       ok     ok
POST /auth/prove/challenge              log    ok     ok    ok    ok         ok      ok    ok
POST /auth/prove                        log    ok     ok    ok    ok         ok      ok    ok
POST /auth/password                     log    ok     ok    ok    ok         ok      ok    ok
GET /auth/security                      log    ok     ok    ok    ok         ok      ok    ok
POST /auth/totp                         log    ok     ok    ok    ok         ok      ok    ok
POST /auth/totp/confirm                 log    ok     ok    ok    ok         ok      ok    ok
DELETE /auth/totp                       log    ok     ok    ok    ok         ok      ok    ok
POST /auth/recovery                     log    ok     ok    ok    ok         ok      ok    ok
GET /auth/passkeys                      log    ok     ok    ok    ok         ok      ok    ok
POST /auth/passkeys/challenge           log    ok     ok    ok    ok         ok      ok    ok
POST /auth/passkeys                     log    ok     ok    ok    ok         ok      ok    ok
PATCH /auth/passkeys/*                  log    hid    hid   hid   hid        hid     hid   hid
DELETE /auth/passkeys/*                 log    hid    hid   hid   hid        hid     hid   hid
GET /me                                 log    ok     ok    ok    ok         ok      ok    ok
GET /me/sessions                        log    ok     ok    ok    ok         ok      ok    ok
DELETE /me/sessions                     log    ok     ok    ok    ok         ok      ok    ok
PATCH /me/sessions/*                    log    hid    hid   hid   hid        hid     hid   hid
DELETE /me/sessions/*                   log    hid    hid   hid   hid        hid     hid   hid
GET /me/devices                         log    ok     ok    ok    ok         ok      ok    ok
DELETE /me/devices/*                    log    hid    hid   hid   hid        hid     hid   hid
GET /me/activity                        log    ok     ok    ok    ok         ok      ok    ok
GET /admin/sessions                     log    no     no    no    ok         ok      ok    no
POST /admin/sessions/*/revoke           log    no     no    no    no         ok      ok    no
POST /admin/sessions/revoke             log    no     no    no    no         no      ok    no
GET /instruments                        log    ok     ok    ok    ok         ok      ok    ok
GET /watchlist                          log    ok     ok    ok    ok         ok      ok    ok
PUT /watchlist                          log    ok     ok    ok    ok         ok      ok    ok
GET /market/quotes                      log    ok     ok    ok    ok         ok      ok    ok
GET /market/book/*                      log    ok     ok    ok    ok         ok      ok    ok
GET /market/candles/*                   log    ok     ok    ok    ok         ok      ok    ok
GET /market/ticket                      log    ok     ok    ok    ok         ok      ok    ok
POST /orders                            log    hid    hid   no    no         no      no    no
GET /orders                             log    hid    hid   ok    ok         hid     ok    hid
PATCH /orders/*                         log    hid    hid   no    no         no      no    no
DELETE /orders/*                        log    hid    hid   no    no         no      no    no
GET /trades                             log    hid    hid   ok    ok         hid     ok    hid
GET /positions                          log    hid    hid   ok    ok         hid     ok    hid
GET /status                             log    ok     ok    ok    ok         ok      ok    ok
GET /admin/orders                       log    no     ok    ok    ok         no      ok    no
POST /admin/instruments/*/halt          log    no     no    no    no         no      ok    no
POST /admin/instruments/*/resume        log    no     no    no    no         no      ok    no
POST /admin/instruments/*/phase         log    no     no    no    no         no      ok    no
POST /admin/instruments/*/uncross       log    no     no    no    no         no      ok    no
POST /admin/instruments/*/band          log    no     no    no    no         no      ok    no
POST /admin/instruments/*/window        log    no     no    no    no         no      ok    no
POST /admin/day-end                     log    no     no    no    no         no      ask   no
POST /admin/kill                        log    no     no    ok    no         no      ok    no
POST /admin/kill/member                 log    no     no    ok    no         no      ask   no
POST /admin/limit                       log    no     no    ok    no         no      ok    no
POST /admin/limit/lift                  log    no     no    ask   no         no      ask   no
POST /admin/orders/release              log    no     no    ask   no         no      ask   no
GET /admin/audit                        log    no     no    no    ok         no      ok    ok
GET /admin/audit/head                   log    no     no    no    ok         no      ok    ok
GET /admin/audit/*                      log    no     no    no    ok         no      ok    ok
GET /access                             log    no     ok    ok    ok         ok      ok    ok
GET /admin/users                        log    no     no    no    ok         ok      ok    no
GET /admin/users/*                      log    no     no    no    ok         ok      ok    no
PATCH /admin/users/*                    log    no     no    no    no         no      ask   no
POST /admin/users/*/reveal              log    no     no    no    ask        ask     ask   no
POST /admin/users/*/drop-factors        log    no     no    no    ask        ask     ask   no
POST /admin/users/*/suspend             log    no     no    no    ok         no      ok    no
POST /admin/users/*/resume              log    no     no    no    ok         no      ok    no
GET /elevations                         log    no     ok    ok    ok         ok      ok    ok
POST /elevations                        log    no     ok    ok    ok         ok      ok    no
POST /elevations/*/approve              log    no     no    no    ok         no      ok    no
POST /elevations/*/refuse               log    no     no    no    ok         no      ok    no
POST /elevations/*/end                  log    no     hid   hid   hid        hid     hid   no
GET /apps                               log    ok     ok    ok    ok         ok      ok    ok
POST /apps                              log    ok     ok    ok    ok         ok      ok    ok
DELETE /apps/*                          log    hid    hid   hid   hid        hid     hid   hid
POST /apps/*/secret                     log    hid    hid   hid   hid        hid     hid   hid
PUT /apps/*/addresses                   log    hid    hid   hid   hid        hid     hid   hid
PUT /apps/*/library                     log    hid    hid   hid   hid        hid     hid   hid
PUT /apps/*/grant                       log    hid    hid   hid   hid        hid     hid   hid
DELETE /apps/*/grant                    log    hid    hid   hid   hid        hid     hid   hid
GET /connect                            log    hid    hid   hid   hid        hid     hid   hid
POST /connect                           log    ok     ok    ok    ok         ok      ok    ok
GET /admin/apps                         log    no     no    no    ok         ok      ok    no
POST /admin/apps/*/revoke               log    no     no    no    no         ok      ok    no
POST /admin/apps/*/demand               log    no     no    no    no         ok      ok    no
GET /me/work-devices                    log    ok     ok    ok    ok         ok      ok    ok
GET /admin/devices                      log    no     no    no    ok         ok      ok    ok
GET /admin/devices/*                    log    no     no    no    hid        hid     hid   hid
POST /admin/devices                     log    no     no    no    no         ok      ok    no
POST /admin/devices/*/approve           log    no     no    no    ok         no      ok    no
POST /admin/devices/*/refuse            log    no     no    no    ok         no      ok    no
POST /admin/devices/*/revoke            log    no     no    no    ok         no      ok    no
GET /admin/keys                         log    no     no    no    ok         no      ok    ok
POST /admin/keys/reseal                 log    no     no    no    no         no      ok    no
POST /admin/keys/rewrap                 log    no     no    no    no         no      ok    no
POST /admin/keys/*/rotate               log    no     no    no    no         no      ok    no
PATCH /me                               log    ok     ok    ok    ok         ok      ok    ok
GET /me/privacy                         log    ok     ok    ok    ok         ok      ok    ok
POST /me/export                         log    ok     ok    ok    ok         ok      ok    ok
POST /me/consents                       log    ok     ok    ok    ok         ok      ok    ok
POST /me/erasure                        log    ok     ok    ok    ok         ok      ok    ok
DELETE /me/erasure                      log    ok     ok    ok    ok         ok      ok    ok
GET /me/contact                         log    ok     ok    ok    ok         ok      ok    ok
POST /me/contact/*                      log    ok     ok    ok    ok         ok      ok    ok
DELETE /me/contact/*                    log    ok     ok    ok    ok         ok      ok    ok
POST /me/contact/*/code                 log    ok     ok    ok    ok         ok      ok    ok
POST /me/contact/*/confirm              log    ok     ok    ok    ok         ok      ok    ok
POST /auth/undo                         ok     ok
POST /admin/privacy/run                 log    no     no    no    ok         no      ok    no
GET /funds                              log    ok     ok    ok    ok         ok      ok    ok
GET /funds/payouts                      log    ok     ok    ok    ok         ok      ok    ok
GET /funds/ledger                       log    ok     ok    ok    ok         ok      ok    ok
POST /funds/payouts                     log    ok     ok    no    no         no      no    no
DELETE /funds/payouts/*                 log    hid    hid   hid   hid        hid     hid   hid
POST /funds/banks                       log    ok     ok    no    no         no      no    no
POST /funds/banks/*/primary             log    hid    hid   no    no         no      no    no
DELETE /funds/banks/*                   log    hid    hid   no    no         no      no    no
GET /admin/payouts                      log    no     no    ok    ok         ok      ok    ok
POST /admin/payouts/*/approve           log    no     no    no    ok         no      ok    no
POST /admin/payouts/*/take              log    no     no    no    ok         no      ok    no
POST /admin/payouts/*/untake            log    no     no    no    ok         no      ok    no
POST /admin/payouts/*/send              log    no     no    no    ok         no      ok    no
POST /admin/payouts/*/return            log    no     no    no    ok         no      ok    no
GET /admin/banks                        log    no     no    ok    ok         ok      ok    ok
POST /admin/banks/*/confirm             log    no     no    no    ok         no      ok    no
POST /admin/banks/*/refuse              log    no     no    no    ok         no      ok    no
POST /admin/banks/*/reveal              log    no     no    no    ok         no      ok    no
GET /admin/receipts                     log    no     no    ok    ok         ok      ok    ok
POST /admin/receipts                    log    no     no    no    ok         no      ok    no
POST /admin/receipts/*/approve          log    no     no    no    hid        no      hid   no
POST /admin/receipts/*/refuse           log    no     no    no    ok         no      ok    no
GET /admin/funds/*                      log    no     no    ok    ok         ok      ok    ok
GET /admin/ledger                       log    no     no    ok    ok         ok      ok    ok
POST /auth/logout                       log    ok     ok    ok    ok         ok      ok    ok
`
const rows = WALK.trim().split('\n').slice(1).map((line) => {
  const [method, path, ...wants] = line.split(/ +/)
  return { method, path, wants }
})

test('every route, every role, with somebody else\'s identifiers', { timeout: 60000 }, async () => {
  const routes = execFileSync(bin('bijli-control'), ['--routes'], { encoding: 'utf8' }).trim().split('\n')
    .map((line) => line.split(' ').slice(0, 2).join(' '))
  const known = rows.map(({ method, path }) => `${method} ${path}`)
  assert.deepEqual(routes.filter((route) => !known.includes(route)), [], 'routes without an expectation')
  assert.deepEqual(known.filter((route) => !routes.includes(route)), [], 'expectations without a route')

  const [[passkey]] = await quietly(`INSERT INTO passkeys (user_id, slot, credential_id, alg, public_key, sign_count, name)
    VALUES (${victim.user.id}, 1, gen_random_uuid()::text::bytea, -8, decode(repeat('00', 32), 'hex'), 0, 'P') RETURNING passkey_id`)
  const [{ id: session }] = (await victim.ok('GET', '/me/sessions')).sessions
  const [{ id: device }] = (await victim.ok('GET', '/me/devices')).devices
  const { app } = await victim.ok('POST', '/apps',
    { name: 'Robot', redirect_url: 'https://robot.example.com/', scopes: ['profile'] })
  const [{ id: bank }] = (await victim.ok('POST', '/funds/banks', { number: '60600012345678', ifsc: 'DEMO0000001' })).banks
  const payout = randomUUID()
  await quietly(`INSERT INTO payouts (payout_id, user_id, bank_id, amount_paise, two_people, proved_at)
    VALUES ('${payout}', ${victim.user.id}, ${bank}, 100, true, now())`)
  const stars = {
    '/apps/*': app.api_key, '/admin/apps/*': app.api_key, '/me/devices/*': device,
    '/me/sessions/*': session, '/admin/sessions/*': session, '/orders/*': order.order_id, '/market/*': SYMBOL,
    '/admin/instruments/*': SYMBOL, '/admin/audit/*': '1', '/admin/users/*': victim.user.id, '/elevations/*': asked,
    '/funds/payouts/*': payout, '/admin/payouts/*': payout, '/funds/banks/*': bank, '/admin/banks/*': bank,
    '/admin/receipts/*': randomUUID(), '/admin/funds/*': victim.user.id,
    '/auth/passkeys/*': passkey, '/admin/keys/*': 'contact', '/admin/devices/*': '999999', '/me/contact/*': 'email',
  }
  // GETs that may name an account name the victim's; a body that says nothing does nothing, one of an order is whole.
  const bodies = {
    'POST /orders': { symbol: SYMBOL, side: 'BUY', type: 'LIMIT', tif: 'DAY', qty: 1, price_paise: order.price_paise,
      account_id: victim.user.account_id },
    'PUT /apps/*/addresses': { ips: [] }, 'PUT /apps/*/library': { kite_library: true }, 'PUT /apps/*/grant': { scopes: ['profile'] }, 'PATCH /auth/passkeys/*': { name: 'mine now' },
    'PATCH /orders/*': { qty: 2 }, 'PATCH /me/sessions/*': { name: 'mine now' },
  }
  const nothing = ['GET', 'DELETE']
  const wrong = []
  for (const { method, path, wants } of rows) {
    const star = Object.entries(stars).find(([start]) => path.startsWith(start.slice(0, -1)))
    const named = /^\/(orders|trades|positions)/.test(path) && method !== 'POST' ? `?account_id=${victim.user.account_id}` : ''
    const url = path.replace('*', star?.[1] ?? '*') + named
    for (const [i, want] of wants.entries()) {
      const who = i === 0 ? new Client() : people[ROLES[i - 1]]
      const body = nothing.includes(method) ? undefined : bodies[`${method} ${path}`] ?? []
      const got = verdictOf(await who.request(method, url, body))
      if (got !== want) wrong.push(`${method} ${url} as ${['nobody', ...ROLES][i]}: ${got}, not ${want}`)
    }
  }
  for (const role of ROLES) await again(people[role]) // the last route was the way out
  assert.deepEqual(wrong, [])
})

test('of all that nothing has happened to the victim', async () => {
  const { sessions } = await victim.ok('GET', '/me/sessions')
  assert.deepEqual(sessions.map((row) => row.name), [''])
  assert.deepEqual((await victim.ok('GET', '/apps')).apps.map(({ ips, revoked, kite_library }) => [ips, revoked, kite_library]), [[[], null, false]])
  const { orders } = await victim.ok('GET', '/orders')
  assert.deepEqual(orders.map((row) => [row.order_id, row.state, row.qty]), [[order.order_id, 'open', 1]])
  // By the number alone it is nobody's either, and staff's attempts are in the trail, a client's are not.
  for (const who of [people.client, people.dealer]) {
    assert.equal((await who.request('DELETE', `/orders/${order.order_id}`)).status, 404)
    assert.equal((await who.request('PATCH', `/orders/${order.order_id}`, { qty: 2 })).status, 404)
  }
  const refused = (await entries('act=access.refused&limit=500'))
    .filter((e) => e.subject === `account:${victim.user.account_id}`)
  const actors = new Set(refused.map((e) => e.actor))
  assert.deepEqual([...actors].sort(), ['dealer', 'support', 'auditor'].map((role) => `user:${people[role].user.id}`).sort())
})

test('a dealer acts for its branch, in its segments, up to its amount, in its hours', async () => {
  const { dealer } = people
  const own = await addUser('client')
  const account = own.user.account_id
  const set = async (columns, id = dealer.user.id) => { await quietly(`UPDATE users SET ${columns} WHERE user_id = ${id}`); await again(dealer) }
  const price = order.price_paise
  const place = (qty) => dealer.request('POST', '/orders',
    { symbol: SYMBOL, side: 'BUY', type: 'LIMIT', tif: 'DAY', qty, price_paise: price, account_id: account })
  const isRefused = async (word, text) => {
    const { status, body } = await place(2)
    assert.deepEqual([status, body.error.code], [403, word], JSON.stringify(body))
    assert.match(body.error.text, text)
  }
  assert.equal((await place(2)).status, 404) // branch 1
  await set('branch_id = 7', own.user.id)
  const placed = await place(2)
  assert.equal(placed.status, 201, placed.text)
  const { order_id: id, client_order_id: clientId } = placed.body.order
  assert.deepEqual((await own.ok('GET', '/orders')).orders.map((row) => row.order_id), [id])
  assert.equal((await dealer.ok('PATCH', `/orders/${id}?account_id=${account}`, { qty: 3 })).order.qty, 3)
  assert.ok((await dealer.ok('GET', '/admin/orders')).orders.every((row) => row.account_id === account))
  await set(`order_max_paise = ${2 * price}`)
  const more = await dealer.request('PATCH', `/orders/${id}?account_id=${account}`, { qty: 4 })
  assert.equal(more.status, 403, more.text)
  await set(`order_max_paise = ${2 * price - 1}`)
  await isRefused('not_allowed', /worth more/)
  await set("order_max_paise = NULL, segments = '{FO}'")
  await isRefused('not_allowed', /segment/)
  await set("segments = '{CM,FO}'")
  await set("segments = '{FO}'", own.user.id)
  await isRefused('not_allowed', /segment/)
  await set("segments = '{CM}'", own.user.id)
  const [[minute]] = await sql("SELECT extract(hour FROM t) * 60 + extract(minute FROM t) FROM (SELECT now() AT TIME ZONE 'Asia/Kolkata') AS n (t)")
  await set(Number(minute) < 720 ? 'from_minute = 800' : 'to_minute = 600')
  await isRefused('not_now', /hours/)
  await set('from_minute = 0, to_minute = 1440')
  await dealer.ok('DELETE', `/orders/${id}?account_id=${account}`)
  const told = (await entries('act=order&limit=100')).filter((e) => e.subject === `account:${account}`).reverse()
  assert.deepEqual(told.map((e) => e.act), ['order.place', 'order.change', 'order.cancel'])
  assert.ok(told.every((e) => e.actor === `user:${dealer.user.id}` && e.role === 'dealer' && e.outcome === 'asked'))
  assert.equal(JSON.parse(told[0].after).client_order_id, clientId)
})

test('a dealer acts for the clients of its branch, not for the staff that belongs there', async () => {
  const { dealer, risk, admin } = people
  await quietly(`UPDATE users SET branch_id = 7 WHERE user_id = ${admin.user.id}`)
  const of = `account_id=${admin.user.account_id}`
  for (const path of ['/orders', '/trades', '/positions']) {
    assert.equal((await dealer.request('GET', `${path}?${of}`)).status, 404)
    assert.equal((await risk.request('GET', `${path}?${of}`)).status, 200)
  }
  const order = { symbol: SYMBOL, side: 'BUY', type: 'LIMIT', tif: 'DAY', qty: 1, price_paise: 100 }
  assert.equal((await dealer.request('POST', '/orders', { ...order, account_id: admin.user.account_id })).status, 404)
})

const ask = async (who, what, minutes = 30) =>
  (await who.ok('POST', '/elevations', { what, minutes, reason: 'test of access' })).elevation
const decide = (who, id, word, body = {}) => who.request('POST', `/elevations/${id}/${word}`, body)
const reveal = (who) => who.request('POST', `/admin/users/${victim.user.id}/reveal`, { reason: 'test of access' })

test('an elevation takes two, is recorded in what is done under it, and ends', async () => {
  const { support, compliance, admin } = people
  assert.equal(verdictOf(await reveal(support)), 'ask')
  const { id, state } = await ask(support, 'right:user_reveal')
  assert.equal(state, 'asked')
  assert.equal(verdictOf(await reveal(support)), 'ask')
  assert.equal((await decide(support, id, 'approve')).status, 403) // may decide nothing
  assert.equal((await decide(compliance, id, 'approve')).body.elevation.state, 'active')
  assert.equal((await decide(admin, id, 'refuse', { reason: 'late' })).status, 404) // decided once
  const seen = await reveal(support)
  assert.deepEqual(seen.body, { id: victim.user.id, email: victim.email, name: 'Test client', phone: '' })
  assert.equal(verdictOf(await reveal(admin)), 'ask') // somebody else's
  await support.ok('GET', '/admin/users')
  const [entry] = await entries(`act=user.reveal&actor=user:${support.user.id}`)
  assert.deepEqual([entry.elevation, entry.role, entry.subject, entry.reason],
    [id, 'support', `user:${victim.user.id}`, 'test of access'])
  assert.ok(!JSON.stringify(entry).includes(victim.email))
  assert.equal((await decide(support, id, 'end')).body.elevation.state, 'ended')
  assert.equal(verdictOf(await reveal(support)), 'ask')
  const acts = (await entries('act=elevation&limit=100')).filter((e) => e.subject === `elevation:${id}`).reverse()
  assert.deepEqual(acts.map((e) => [e.act, e.outcome]),
    [['elevation.ask', 'asked'], ['elevation.approve', 'done'], ['elevation.end', 'done']])
})

test('nobody decides what is one\'s own, the operator neither; the database says so too', async () => {
  const { admin, compliance } = people
  const { id } = await ask(admin, 'right:day_end')
  for (const word of ['approve', 'refuse']) {
    const own = await decide(admin, id, word, { reason: 'mine' })
    assert.equal(own.status, 403, own.text)
    assert.match(own.body.error.text, /somebody else/)
  }
  await assert.rejects(sql(`UPDATE elevations SET decider = asker, approved = true, decided_at = now(),
    ends_at = now() + interval '1 min' WHERE elevation_id = ${id}`), /elevation_by_two/)
  assert.equal(verdictOf(await admin.request('POST', '/admin/day-end', [])), 'ask')
  // There are two and more people who can: the machine's token gives nothing any more, and may still refuse.
  assert.match((await ctl('approve', 'yes', id)).err, /people give this/)
  await assert.rejects(sql(`UPDATE elevations SET decider = 'operator', approved = true, decided_at = now(),
    ends_at = now() + interval '1 min' WHERE elevation_id = ${id}`), /people decide/)
  const { id: other } = await ask(admin, 'right:day_end')
  assert.equal((await ctl('approve', 'no', other, '--reason', 'once is enough')).code, 0)
  assert.equal((await decide(compliance, id, 'approve')).status, 200)
  assert.equal((await admin.request('POST', '/admin/day-end', [])).status, 400) // let through
  const mine = await ctl('approve', 'yes', asked)
  assert.equal(mine.code, 1)
  assert.match(mine.err, /people give this/)
  assert.equal((await decide(compliance, asked, 'refuse', { reason: 'not now' })).body.elevation.state, 'refused')
  assert.match((await ctl('approve', 'list')).out, new RegExp(`${asked} +refused +operator +right:user_set`))
})

test('it ends by itself', async () => {
  const { admin, compliance } = people
  const { id } = await ask(admin, 'right:kill_member', 1)
  await decide(compliance, id, 'approve')
  assert.equal((await admin.request('POST', '/admin/kill/member', [])).status, 400)
  await quietly(`UPDATE elevations SET decided_at = decided_at - interval '1 min', ends_at = ends_at - interval '1 min'
    WHERE elevation_id = ${id}`)
  assert.equal(verdictOf(await admin.request('POST', '/admin/kill/member', [])), 'ask')
})

test('a role that was lent does what that role may, and no more', async () => {
  const { support, compliance } = people
  const limit = { level: 'account', limit: 'order_qty', value: 9, account_id: victim.user.account_id, reason: 'test of access' }
  assert.equal(verdictOf(await support.request('POST', '/admin/limit', limit)), 'no')
  const { id } = await ask(support, 'role:admin')
  assert.equal((await decide(compliance, id, 'approve')).status, 200)
  assert.equal((await support.request('POST', '/admin/limit', limit)).status, 200)
  assert.ok((await entries(`act=limit.set&actor=user:${support.user.id}`)).every((e) => e.elevation === id))
  assert.equal(verdictOf(await support.request('POST', '/admin/day-end', [])), 'no') // an admin would have to ask
  // A dealer's, for the clients of one's own branch.
  const order = { symbol: SYMBOL, side: 'BUY', type: 'LIMIT', tif: 'DAY', qty: 1, price_paise: 1, account_id: victim.user.account_id }
  await quietly(`UPDATE users SET branch_id = (SELECT branch_id FROM users WHERE user_id = ${victim.user.id})
    WHERE user_id = ${people.risk.user.id}`)
  await again(people.risk)
  assert.equal(verdictOf(await people.risk.request('POST', '/orders', order)), 'no')
  const dealing = await ask(people.risk, 'role:dealer')
  assert.equal((await decide(compliance, dealing.id, 'approve')).status, 200)
  const placed = await people.risk.request('POST', '/orders', order)
  assert.equal(verdictOf(placed), 'ok', placed.text)
  const [noted] = await entries(`act=order.place&actor=user:${people.risk.user.id}&limit=1`)
  assert.deepEqual([noted.elevation, noted.subject], [dealing.id, `account:${victim.user.account_id}`])
  const own = await ask(people.risk, 'role:support')
  assert.equal(verdictOf(await decide(support, own.id, 'approve', [])), 'no') // is not lent with the role
})

test('the operator sets somebody\'s role and rights under an elevation; the person logs in anew', async () => {
  const someone = await addUser('client')
  const set = ['user', 'role', someone.user.id, 'dealer', '--branch', '3', '--segments', 'CM', '--order-max', '5000',
    '--hours', '00:00-24:00', '--reason', 'test of access']
  assert.match((await ctl(...set)).err, /needs an elevation/)
  const told = await ctl('approve', 'ask', 'right:user_set', '--minutes', '5', '--reason', 'new dealer', '--json')
  const { id } = JSON.parse(told.out).elevation
  await decide(people.compliance, id, 'approve')
  const done = await ctl(...set)
  assert.equal(done.code, 0, done.err)
  assert.match(done.out, new RegExp(`${someone.user.id} .* dealer +3 +CM +5000.00 +00:00-24:00`))
  assert.equal((await someone.get('/me')).status, 401)
  assert.equal((await again(someone)).role, 'dealer')
  const [entry] = await entries('act=user.set&limit=1')
  assert.deepEqual([entry.actor, entry.elevation, JSON.parse(entry.before).role, JSON.parse(entry.after).branch_id],
    ['operator', id, 'client', 3])
  // What somebody asked for as what it was before is not given to what it is now.
  const early = await ask(someone, 'role:risk')
  assert.equal((await ctl(...set)).code, 0)
  assert.equal((await decide(people.compliance, early.id, 'approve')).status, 404)
  const { elevations } = await people.compliance.ok('GET', '/elevations')
  assert.deepEqual(elevations.filter((e) => e.id === early.id).map((e) => [e.state, e.decider]), [['refused', 'operator']])
  assert.equal((await ctl('approve', 'end', id)).code, 0)
  await until('the elevation has ended', async () => (await ctl(...set)).code === 1)
  assert.match((await ctl('role', 'list')).out, /day_end, fresh proof\n +any +operator\n +elevated +admin/)
})
