// place.mjs - a dataplane of its own with NNF's doors open: cash market, and futures and options.
import { execFileSync, spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import net from 'node:net'

export const place = process.env.NNF_PLACE, root = process.env.NNF_ROOT, cipher = process.env.NNF_CIPHER
const base = 20000 + Math.floor(Math.random() * 12000)
export const ports = { orders: base, cm: base + 1, router: base + 2, fo: base + 5, foRouter: base + 6 }
const [symbol, , , tick, , close] = readFileSync(`${root}/sim/data/universe.csv`, 'utf8')
  .split('\n').filter((line) => line && !line.startsWith('#'))[1].split(',')
export const share = { symbol, price: Number(close), step: Number(tick) }

// A line of contract.txt (70 fields and the last one empty) from what differs.
function contractLine(c) {
  const fields = Array(70).fill('0')
  for (const blank of [4, 5, 16, 19, 22, 25, 50, 52, 58, 69]) fields[blank] = ''
  const set = {
    0: c.token, 1: 26000, 2: c.instrument, 3: c.symbol, 6: c.expiry, 7: c.strike, 8: c.option, 9: 1, 12: 1, 14: 2, 15: 1, 17: 3, 20: 3, 23: 3,
    26: c.expiry - 86400 * 90, 28: c.expiry, 30: c.lot, 31: c.lot, 32: c.tick, 34: c.freeze, 35: c.freeze, 42: c.low, 43: c.high,
    53: c.symbol, 59: 'E', 60: 'Y', 61: 'N', 62: 'N', 63: 'C', 64: 'N', 65: c.symbol, 66: 'INDEX', 67: c.close, 68: 'N',
  }
  for (const [at, value] of Object.entries(set)) fields[at] = value
  return fields.join('|')
}
const EXPIRY = 1609425000, EXPIRED = 1293719400 // 2030-12-31 and 2020-12-29, 14:30, in seconds since 1980
export const future = { token: 35001, instrument: 'FUTIDX', symbol: 'NIFTY', expiry: EXPIRY, strike: -1, option: 'XX', lot: 75, tick: 10, freeze: 1801, low: 2322000, high: 2838000, close: 2580000 }
export const option = { token: 35010, instrument: 'OPTIDX', symbol: 'NIFTY', expiry: EXPIRY, strike: 2600000, option: 'CE', lot: 75, tick: 5, freeze: 1801, low: 5, high: 100000, close: 25000 }
export const expired = { ...future, token: 35099, expiry: EXPIRED }
const others = [{ ...future, token: 36001, symbol: 'BANKNIFTY' }, expired]

const user = (id, box, session, account, code) => ({
  id, box, broker: '12345', session, account, account_code: code, password_file: `${place}/password`,
})
const door = (port, router_port, rest) => ({
  host: '127.0.0.1', port, router_port, cipher, cert_file: `${place}/cert.pem`, key_file: `${place}/key.pem`, ...rest,
})
export const config = {
  run_dir: `${place}/run`, data_dir: `${place}/data`, universe_csv: `${root}/sim/data/universe.csv`,
  contracts_file: `${place}/contract.txt`, contracts_of: ['NIFTY'],
  indices_json: `${root}/dataplane/market/indices.json`, calendar_json: `${root}/dataplane/calendar/nse.json`,
  session: { class: '' }, bands: { sliding: '' },
  feed: {
    driver: 'memif', iface_a: 'a', iface_b: 'b', memif_socket: `${place}/run/memif.sock`, segment: 'CM', stream_cnt: 5,
    port_a: 16641, port_b: 10631, group_a: '239.60.60.41', group_b: '239.60.60.31', gap_wait_us: 2000, queue_messages: 65536,
    hole_messages: 300000, recovery_host: '127.0.0.1', recovery_port: base + 3, snapshot_host: '127.0.0.1', snapshot_port: base + 4,
  },
  gateway: {
    driver: 'socket', host: '127.0.0.1', port: base, sessions: [],
    nnf: door(ports.cm, ports.router, {
      boxes: [{ id: 7, broker: '12345', rate: 1000 }], users: [user(501, 7, 31, 901, 'CLIENT1'), user(502, 7, 32, 902, '')],
    }),
    nnf_fo: door(ports.fo, ports.foRouter, {
      segment: 'fo', boxes: [{ id: 7, broker: '12345', rate: 1000 }], users: [user(501, 7, 41, 911, 'CLIENT1'), user(502, 7, 42, 912, '')],
    }),
  },
  dataplane: {
    idle: 'sleep', cores: '', huge: false, memory_mb: 128, file_prefix: `nnf${process.pid}`, durability: 'disk', instrument_max: 256,
    account_max: 4096, order_max: 65536, feed_order_max: 65536,
  },
}

export const sleep = (ms) => new Promise((turn) => setTimeout(turn, ms))
const answers = (port) => new Promise((turn) => {
  const socket = net.connect({ host: '127.0.0.1', port })
  socket.on('connect', () => { socket.destroy(); turn(true) }).on('error', () => turn(false))
})
let dataplane
export async function start() {
  dataplane = spawn(process.env.NNF_BIN, ['--config', `${place}/bijli.json`], { stdio: ['ignore', 'ignore', 'pipe'] })
  dataplane.stderr.pipe(createWriteStream(`${place}/log`, { flags: 'a' }))
  for (let i = 0; i < 150 && dataplane.exitCode === null && !(await answers(base)); i++) await sleep(100)
}
export const kill = () => dataplane?.kill('SIGKILL')
export const killed = () => new Promise((turn) => { dataplane.once('exit', turn); kill() })
export const contracts = (list) => writeFileSync(`${place}/contract.txt`, ['NEATFO|7.0.4|', ...list.map(contractLine)].join('\n') + '\n')
export async function prepare() {
  mkdirSync(config.run_dir), mkdirSync(config.data_dir)
  writeFileSync(`${place}/password`, 'Secret1\n')
  writeFileSync(`${place}/bijli.json`, JSON.stringify(config))
  contracts([future, option, ...others])
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=router',
    '-keyout', config.gateway.nnf.key_file, '-out', config.gateway.nnf.cert_file], { stdio: 'ignore' })
  await start()
}
export const bijliAudit = (args) => execFileSync(process.env.NNF_BIN.replace('bijli-dataplane', 'bijli-audit'), ['--config', `${place}/bijli.json`, ...args]).toString()
export const audited = (...args) => bijliAudit(['--json', 'find', ...args]).trim().split('\n').map((line) => JSON.parse(line))
