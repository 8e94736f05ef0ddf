// What is asked besides who somebody is: that a page says what its policy kept out.  docs/defence.md.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { openPage } from './browser.mjs'
import { Client, ctl, origin, until } from './world.mjs'

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
