// With the demo feed running and nobody trading but the maker, a laptop stays cool.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { pidOf, sleep } from './world.mjs'

const SECONDS = 15
const LIMIT_PERCENT = 40
const HZ = Number(execFileSync('getconf', ['CLK_TCK']))

// CPU ticks of every service and its children, by service.
function ticks() {
  const processes = new Map()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')
      processes.set(Number(name), { parent: Number(fields[1]), used: Number(fields[11]) + Number(fields[12]) })
    } catch { /* it ended meanwhile */ }
  }
  const services = new Map(readdirSync(process.env.BIJLI_SV).map((name) => [pidOf(name), name]))
  const sums = {}
  for (const [pid, { used }] of processes) {
    let at = pid
    while (at > 1 && !services.has(at)) at = processes.get(at)?.parent ?? 0
    if (services.has(at)) sums[services.get(at)] = (sums[services.get(at)] ?? 0) + used
  }
  return sums
}

test(`less than ${LIMIT_PERCENT} % of one core in total`, async () => {
  await sleep(5000)
  const before = ticks()
  await sleep(SECONDS * 1000)
  const after = ticks()
  const percent = Object.entries(after)
    .map(([name, used]) => [name, ((used - (before[name] ?? 0)) * 100) / HZ / SECONDS])
    .sort((a, b) => b[1] - a[1])
  const words = percent.map(([name, value]) => `${name} ${value.toFixed(1)} %`).join(', ')
  console.log(`# ${words}`)
  assert.ok(percent.length >= 11, `only ${words}`)
  assert.ok(percent.reduce((sum, [, value]) => sum + value, 0) < LIMIT_PERCENT, words)
})
