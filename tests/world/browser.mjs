// A real browser, one a test file and gone with it, and a page in a context of its own (openPage: what the context is
// like; a phone unless said otherwise).  refused: what the page's policy kept out, and errors that nothing caught.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { chromium } from 'playwright-core'

export const screens = process.env.BIJLI_SCREENS ?? join(import.meta.dirname, '../../build/screens')

let browser, dir
async function launch() {
  mkdirSync(screens, { recursive: true })
  dir = mkdtempSync(join(tmpdir(), 'bijli-browser.'))
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--ignore-certificate-errors', `--disk-cache-dir=${dir}`],
  })
}
after(async () => {
  await browser?.close()
  if (dir) rmSync(dir, { recursive: true, force: true })
})

export async function openPage(options = {}) {
  if (!browser) await launch()
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, ignoreHTTPSErrors: true, ...options })
  const page = await context.newPage()
  const refused = []
  page.setDefaultTimeout(15000)
  page.on('pageerror', (error) => refused.push(error.message))
  page.on('console', (message) => {
    if (/Content Security Policy|Permissions policy|Refused to/i.test(message.text())) refused.push(message.text())
  })
  return { context, page, refused, dir }
}
