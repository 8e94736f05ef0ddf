// A person with a browser: signs up, confirms, logs in, verifies the phone, buys at the offer, sees the position.  Phone and desktop.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openPage, screens } from '../world/browser.mjs'
import { codeTo, confirmation, newPassword, newPhone, origin, universe } from '../world/world.mjs'

const SYMBOL = universe[0].symbol
const sizes = [
  { name: 'desktop', viewport: { width: 1440, height: 900 }, isMobile: false },
  { name: 'phone', viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
]

for (const { name, ...size } of sizes) {
  test(`${name}: sign up, buy, see the position`, { timeout: 120000 }, async () => {
    const { context, page, refused } = await openPage(size)
    // Phone and desktop may both be in the page, one of them hidden.
    const at = (id) => page.getByTestId(id).filter({ visible: true }).first()
    const shot = (what) => page.screenshot({ path: join(screens, `${name}-${what}.png`) })
    try {
      await story({ page, at, shot, email: `${name}.${Date.now()}@example.com` })
    } catch (error) {
      await shot('failed')
      throw error
    }
    assert.deepEqual(refused, [], 'errors in the page')
    await context.close()
  })
}

async function story({ page, at, shot, email }) {
  const password = newPassword()
  const phone = newPhone()
  await page.goto(`${origin}/signup`)
  await at('signup-name').fill('Test Client')
  await at('signup-email').fill(email)
  await at('signup-phone').fill(phone.slice(3))
  await at('signup-password').fill(password)
  await shot('signup')
  await at('signup-submit').click()
  await at('signup-sent').waitFor()
  await page.goto((await confirmation(email)).link)
  await at('confirm-done').waitFor()
  await page.goto(`${origin}/login`)
  await at('login-email').fill(email)
  await at('login-password').fill(password)
  await at('login-submit').click()
  await at('phone-code').fill(await codeTo(phone))
  await shot('verify')
  await at('phone-code-submit').click()
  await at(`watch-row-${SYMBOL}`).waitFor()
  await pricesMove(page)
  await shot('watchlist')
  await at(`watch-row-${SYMBOL}`).click()
  // Until the depth has come the level says "-", and its button is off: a click would do nothing.
  await at('ladder-ask-0-price').filter({ hasText: /\d/ }).waitFor()
  await shot('instrument')
  await at('ladder-ask-0-price').click()
  await at('ticket-qty').fill('2')
  const offer = Number(await at('ticket-price').inputValue())
  assert.ok(offer > 0, 'the price that was clicked is on the ticket')
  await shot('ticket')
  // The offer may move while a slow machine draws; a hundredth more is filled all the same, and no dearer.
  await at('ticket-price').fill(String(Math.round(offer * 1.01)))
  await at('ticket-submit').click()
  await at('ticket-confirm').click()
  await at('toast').waitFor()
  await shot('sent')
  await at('tab-positions').or(at('desk-positions')).click()
  await at(`positions-row-${SYMBOL}`).waitFor({ timeout: 20000 })
  assert.match(await at(`position-qty-${SYMBOL}`).innerText(), /2/)
  await shot('positions')
}

async function pricesMove(page) {
  const prices = () => page.locator('[data-testid^="watch-price-"]').allInnerTexts()
  const first = await prices()
  for (let i = 0; i < 100; i++) {
    await page.waitForTimeout(150)
    if ((await prices()).some((price, row) => price !== first[row])) return
  }
  assert.fail(`no price moved in 15 s: ${first.slice(0, 3)}`)
}
