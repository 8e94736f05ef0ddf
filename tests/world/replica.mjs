// A second bijli-control of this world, as behind the same nginx; it has no gateway.  Made when first asked for, gone
// with the test file.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { after } from 'node:test'
import WebSocket from 'ws'
import { bin, config, opened, origin, until } from './world.mjs'

let second
export async function replica() {
  if (second) return second
  const dir = mkdtempSync(`${tmpdir()}/bijli-replica.`)
  const port = 1024 + Math.floor(Math.random() * 30000)
  for (const name of ['run', 'trail']) mkdirSync(`${dir}/${name}`)
  writeFileSync(`${dir}/bijli.json`, JSON.stringify({ ...config, run_dir: `${dir}/run`, trail: { ...config.trail, dir: `${dir}/trail` },
    control: { ...config.control, port }, gateway: { ...config.gateway, port: 1 } }))
  const child = spawn(bin('bijli-control'), ['--config', `${dir}/bijli.json`], { stdio: 'ignore' })
  const exit = new Promise((resolve) => child.on('exit', resolve))
  second = { base: `http://127.0.0.1:${port}`, async stop() { child.kill('SIGTERM'); await exit; rmSync(dir, { recursive: true }) } }
  await until('the replica', async () => (await fetch(`${second.base}/api/v1/health`)).ok)
  return second
}
after(() => second?.stop())

// What it answers to who asks it who he is.
export const there = async (headers) => (await fetch(`${(await replica()).base}/api/v1/me`, { headers })).status

// A client's stream at a server, which knows by now whose it is; `ended` is when it was closed.
export async function streamAt(base, client) {
  const socket = new WebSocket(`${base.replace('http', 'ws')}/api/v1/stream`, { headers: { cookie: client.cookie, origin } })
  socket.ended = new Promise((resolve) => socket.on('close', () => resolve(Date.now())))
  const hello = new Promise((resolve) => socket.once('message', resolve))
  await opened(socket)
  await hello
  return socket
}
