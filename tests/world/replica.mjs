// A second bijli-control of this world, as behind the same nginx; it has no gateway.  Made when first asked for, with what
// else its configuration then says, gone with the test file.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { after } from 'node:test'
import WebSocket from 'ws'
import { behind, bin, config, opened, origin, until } from './world.mjs'

let second
export async function replica(more = {}) {
  if (second) return second
  const dir = mkdtempSync(`${tmpdir()}/bijli-replica.`)
  const socket = `${dir}/http.sock`
  for (const name of ['run', 'trail']) mkdirSync(`${dir}/${name}`)
  writeFileSync(`${dir}/bijli.json`, JSON.stringify({ ...config, run_dir: `${dir}/run`, trail: { ...config.trail, dir: `${dir}/trail` },
    control: { ...config.control, socket }, gateway: { ...config.gateway, port: 1, tls_port: 1 }, ...more }))
  const child = spawn(bin('bijli-control'), ['--config', `${dir}/bijli.json`], { stdio: 'ignore' })
  const exit = new Promise((resolve) => child.on('exit', resolve))
  second = { socket, base: `http+unix://${socket}:`, async stop() { child.kill('SIGTERM'); await exit; rmSync(dir, { recursive: true }) } }
  await until('the replica', async () => (await behind('/health', {}, { socketPath: socket })).status === 200)
  return second
}
after(() => second?.stop())

// What it answers to who asks it who he is.
export const there = async (headers) => (await behind('/me', headers, { socketPath: (await replica()).socket })).status

// A client's stream at a server, which knows by now whose it is; `ended` is when it was closed.
export async function streamAt(base, client) {
  const socket = new WebSocket(`${base.replace('http', 'ws')}/api/v1/stream`, { headers: { cookie: client.cookie, origin } })
  socket.ended = new Promise((resolve) => socket.on('close', () => resolve(Date.now())))
  const hello = new Promise((resolve) => socket.once('message', resolve))
  await opened(socket)
  await hello
  return socket
}
