// A real browser with one page on it, gone with the test file.  refused: what the page's policy kept out, and errors
// that nothing caught.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { chromium } from 'playwright-core'

export const screens = process.env.BIJLI_SCREENS ?? join(import.meta.dirname, '../../build/screens')

const opened = []
export async function openPage(viewport = { width: 390, height: 844 }) {
  mkdirSync(screens, { recursive: true })
  const dir = mkdtempSync(join(tmpdir(), 'bijli-browser.'))
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--ignore-certificate-errors', `--disk-cache-dir=${dir}`],
  })
  opened.push({ browser, dir })
  const context = await browser.newContext({ viewport, ignoreHTTPSErrors: true })
  const page = await context.newPage()
  const refused = []
  page.setDefaultTimeout(15000)
  page.on('pageerror', (error) => refused.push(error.message))
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) refused.push(message.text())
  })
  return { context, page, refused, dir }
}
after(async () => {
  for (const { browser, dir } of opened) {
    await browser.close()
    rmSync(dir, { recursive: true, force: true })
  }
})
