// member.mjs - a member's end of NNF (CM; what is FO's is in member_fo.mjs) from the protocol's tables: nothing of
// ours is used.
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import net from 'node:net'
import tls from 'node:tls'

const DAY = 0x10, STOP = 0x20
export const text = (value, bytes) => Buffer.from(value.padEnd(bytes, ' '), 'latin1')
const md5 = (data) => createHash('md5').update(data).digest()

// header(code, user, bytes): a message of so many bytes with the 40-byte header in front.
export function header(code, user, bytes) {
  const msg = Buffer.alloc(bytes)
  msg.writeInt16BE(code, 0)
  msg.writeInt32BE(user, 8)
  msg.writeInt16BE(bytes, 38)
  return msg
}

// One connection: packets out and in, under what encryption there is.
class Wire {
  constructor(socket) {
    this.socket = socket
    this.data = Buffer.alloc(0)
    this.packets = []
    this.waiting = []
    this.seq = 0
    socket.on('data', (more) => { this.data = Buffer.concat([this.data, more]); this.take() })
    socket.on('close', () => { this.closed = true; this.wake() })
    socket.on('error', () => {})
  }
  encrypt(keys) {
    this.keys = keys
    if (keys.cipher === 'stream') {
      this.sealing = createCipheriv('aes-256-gcm', keys.key, keys.iv.subarray(0, 12))
      this.opening = createDecipheriv('aes-256-gcm', keys.key, keys.iv.subarray(0, 12))
    }
    this.up = this.down = keys.dynamic
  }
  ivOf(counter) {
    const iv = Buffer.alloc(16)
    this.keys.fixed.copy(iv)
    iv.writeBigInt64BE(BigInt.asIntN(64, counter), 8)
    return iv
  }
  send(msg) {
    const prefix = Buffer.alloc(22)
    let body = msg, digest = md5(msg)
    if (this.sealing) body = this.sealing.update(msg)
    else if (this.keys) {
      this.up += 1n
      const aes = createCipheriv('aes-256-gcm', this.keys.key, this.ivOf(this.up))
      aes.setAAD(this.keys.aad)
      body = Buffer.concat([aes.update(msg), aes.final()])
      digest = aes.getAuthTag()
    }
    prefix.writeUInt16BE(22 + msg.length, 0)
    prefix.writeUInt32BE(++this.seq, 2)
    digest.copy(prefix, 6)
    this.socket.write(Buffer.concat([prefix, body]))
    return this.seq
  }
  open(body, digest) {
    if (!this.keys || this.opening) {
      const msg = this.opening ? this.opening.update(body) : Buffer.from(body)
      if (!md5(msg).equals(digest)) throw new Error('MD5 of a packet is wrong')
      return msg
    }
    this.down -= 1n
    const aes = createDecipheriv('aes-256-gcm', this.keys.key, this.ivOf(this.down))
    aes.setAAD(this.keys.aad)
    aes.setAuthTag(digest)
    return Buffer.concat([aes.update(body), aes.final()])
  }
  take() {
    while (this.data.length >= 22 && this.data.length >= this.data.readUInt16BE(0)) {
      const bytes = this.data.readUInt16BE(0)
      const msg = this.open(this.data.subarray(22, bytes), this.data.subarray(6, 22))
      this.packets.push({ code: msg.readInt16BE(0), seq: this.data.readUInt32BE(2), msg })
      this.data = this.data.subarray(bytes)
    }
    this.wake()
  }
  wake() { for (const turn of this.waiting.splice(0)) turn() }
  async next(timeoutMs = 5000) {
    const end = Date.now() + timeoutMs
    while (!this.packets.length) {
      if (this.closed || Date.now() > end) throw new Error(this.closed ? 'connection closed' : 'nothing came')
      await new Promise((turn) => { this.waiting.push(turn); setTimeout(turn, 100) })
    }
    return this.packets.shift()
  }
  close() { this.socket.destroy() }
}

const connected = (socket, event) => new Promise((turn, fail) => {
  socket.once(event, turn)
  socket.once('error', fail)
})

// The gateway router's answer, over TLS 1.3.
async function route(port, box, broker, cipher) {
  const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
  await connected(socket, 'secureConnect')
  const version = socket.getProtocol()
  const wire = new Wire(socket)
  const ask = header(2400, 0, 48)
  ask.writeInt16BE(box, 40)
  text(broker, 5).copy(ask, 42)
  wire.send(ask)
  const { code, msg } = await wire.next()
  wire.close()
  if (code !== 2401 || msg.readInt16BE(12)) throw new Error(`router says ${code}, error ${msg.readInt16BE(12)}`)
  if (msg.length !== (cipher === 'tag' ? 136 : 124)) throw new Error(`2401 of ${msg.length} bytes`)
  return {
    cipher, tls: version, port: msg.readInt32BE(64), session: msg.subarray(68, 76), key: msg.subarray(76, 108),
    iv: msg.subarray(108, 124), fixed: msg.subarray(108, 116), dynamic: msg.readBigInt64BE(116),
    aad: cipher === 'tag' ? msg.subarray(124, 136) : undefined,
  }
}

export class Member {
  static async box(routerPort, box, broker, cipher) {
    const keys = await route(routerPort, box, broker, cipher)
    const member = new this()
    const socket = net.connect({ host: '127.0.0.1', port: keys.port })
    await connected(socket, 'connect')
    member.broker = broker
    member.tls = keys.tls
    member.wire = new Wire(socket)
    const register = header(23008, 0, 42)
    register.writeInt16BE(box, 40)
    member.wire.send(register)
    if ((await member.wire.next()).code !== 23009) throw new Error('the box was not registered')
    member.wire.encrypt(keys)
    const on = header(23000, 0, 60)
    on.writeInt16BE(box, 40)
    text(broker, 5).copy(on, 42)
    keys.session.copy(on, 52)
    member.wire.send(on)
    const { code, msg } = await member.wire.next()
    if (code !== 23001 || msg.length !== 52) throw new Error(`box sign-on was answered ${code}`)
    return member
  }
  // SIGN_ON, 276 bytes in CM; the error of 2301.
  async signOn(user, password, bytes = 276) {
    const ask = header(2300, user, bytes)
    ask.writeInt32BE(user, 40)
    text(password, 8).copy(ask, 52)
    ask.fill(' ', 68, 76)
    text(this.broker, 5).copy(ask, 106)
    ask.write('T', 199)
    this.wire.send(ask)
    const { code, msg } = await this.wire.next()
    if (code !== 2301) throw new Error(`sign-on was answered ${code}`)
    return msg.readInt16BE(12)
  }
  // ORDER_ENTRY_REQUEST_TR, 136 bytes.
  order(user, { symbol, side, qty, price, ref, account }) {
    const msg = Buffer.alloc(136)
    msg.writeInt16BE(20000, 0)
    msg.writeInt32BE(user, 2)
    text(symbol, 10).copy(msg, 6)
    text('EQ', 2).copy(msg, 16)
    text(account, 10).copy(msg, 18)
    msg.writeInt16BE(1, 28)
    msg.writeInt16BE(side, 30)
    msg.writeInt32BE(qty, 32)
    msg.writeInt32BE(qty, 36)
    msg.writeInt32BE(price, 40)
    msg[48] = DAY
    msg.writeInt16BE(1, 50)
    msg.writeInt32BE(user, 52)
    text(this.broker, 5).copy(msg, 56)
    msg.write(' ', 61)
    text('', 12).copy(msg, 62)
    msg.writeInt16BE(1, 74)
    msg.writeDoubleBE(111111111111100, 76)
    msg.writeInt32BE(ref, 84)
    text('ABCDE1234F', 10).copy(msg, 88)
    return this.wire.send(msg)
  }
  // ORDER_ENTRY_REQUEST, 290 bytes, with a trigger.
  stop(user, { symbol, side, qty, price, trigger, account }) {
    const msg = header(2000, user, 290)
    text(symbol, 10).copy(msg, 54)
    text('EQ', 2).copy(msg, 64)
    text(account, 10).copy(msg, 82)
    msg.writeInt16BE(3, 92)
    msg.writeInt16BE(side, 94)
    msg.writeInt32BE(qty, 108)
    msg.writeInt32BE(price, 116)
    msg.writeInt32BE(trigger, 120)
    msg[140] = DAY | STOP
    msg.writeInt16BE(1, 142)
    msg.writeInt32BE(user, 144)
    text(this.broker, 5).copy(msg, 148)
    text('HELLO', 25).copy(msg, 153)
    msg.writeInt16BE(1, 190)
    text('ABCDE1234F', 10).copy(msg, 214)
    return this.wire.send(msg)
  }
  // ORDER_OM_REQUEST_TR, 180 bytes: 20040 or 20070 of an order as `known` has it.
  change(code, user, known, { qty = known.qty, price = known.price } = {}) {
    const msg = Buffer.alloc(180)
    msg.writeInt16BE(code, 0)
    msg.writeInt32BE(user, 6)
    text(known.symbol, 10).copy(msg, 24)
    text('EQ', 2).copy(msg, 34)
    msg.writeDoubleBE(known.number, 36)
    text(known.account, 10).copy(msg, 44)
    msg.writeInt16BE(1, 54)
    msg.writeInt16BE(known.side, 56)
    msg.writeInt32BE(qty, 58)
    msg.writeInt32BE(qty, 70)
    msg.writeInt32BE(price, 78)
    msg[90] = DAY
    msg.writeInt32BE(user, 94)
    text(this.broker, 5).copy(msg, 98)
    msg.writeInt16BE(1, 116)
    text('ABCDE1234F', 10).copy(msg, 132)
    msg.writeBigInt64BE(known.activity, 148)
    return this.wire.send(msg)
  }
  async next() { return read(await this.wire.next()) }
  // Every record of the day from a place on, by DOWNLOAD_REQUEST 7000.
  async download(user, after = 0) {
    const ask = header(7000, user, 48)
    ask[6] = 1
    ask.writeDoubleBE(after, 40)
    this.wire.send(ask)
    const records = []
    for (;;) {
      const packet = await this.wire.next()
      if (packet.code === 7031) return records
      if (packet.code === 7021) records.push(read(unwrap(packet)))
    }
  }
  close() { this.wire.close() }
}

// The inner header has code and user in other places.
function unwrap({ msg, seq }) {
  const inner = Buffer.from(msg.subarray(40)), code = inner.readInt16BE(10)
  const user = inner.readInt32BE(0), error = inner.readInt16BE(12)
  inner.writeInt16BE(code, 0)
  inner.writeInt32BE(user, 8)
  inner.writeInt16BE(error, 12)
  return { code, seq, msg: inner }
}

const trimmed = (msg) => ({
  user: msg.readInt32BE(6), error: msg.readInt16BE(10), symbol: msg.toString('latin1', 24, 34).trim(), number: msg.readDoubleBE(36),
  account: msg.toString('latin1', 44, 54).trim(), side: msg.readInt16BE(56), left: msg.readInt32BE(66), qty: msg.readInt32BE(70),
  filled: msg.readInt32BE(74), price: msg.readInt32BE(78), ref: msg.readInt32BE(128), pan: msg.toString('latin1', 140, 150),
  activity: msg.readBigInt64BE(156),
})
const full = (msg) => ({
  user: msg.readInt32BE(8), error: msg.readInt16BE(12), jiffies: Number(msg.readBigInt64BE(22)), symbol: msg.toString('latin1', 54, 64).trim(),
  number: msg.readDoubleBE(74), account: msg.toString('latin1', 82, 92).trim(), book: msg.readInt16BE(92), side: msg.readInt16BE(94),
  left: msg.readInt32BE(104), qty: msg.readInt32BE(108), filled: msg.readInt32BE(112), price: msg.readInt32BE(116),
  trigger: msg.readInt32BE(120), remarks: msg.toString('latin1', 153, 178).trim(), activity: msg.readBigInt64BE(230),
})
const trade = (msg) => ({
  user: msg.readInt32BE(6), number: msg.readDoubleBE(26), side: msg.readInt16BE(44), qty: msg.readInt32BE(56), left: msg.readInt32BE(64),
  price: msg.readInt32BE(72), fill: msg.readInt32BE(82), at: msg.readInt32BE(86), filled: msg.readInt32BE(90), activity: msg.readBigInt64BE(132),
  symbol: msg.toString('latin1', 100, 110).trim(), account: msg.toString('latin1', 46, 56).trim(),
})
const fullTrade = (msg) => ({
  user: msg.readInt32BE(8), jiffies: Number(msg.readBigInt64BE(22)), number: msg.readDoubleBE(40), account: msg.toString('latin1', 58, 68).trim(),
  side: msg.readInt16BE(68), qty: msg.readInt32BE(70), left: msg.readInt32BE(78), price: msg.readInt32BE(86), fill: msg.readInt32BE(100),
  at: msg.readInt32BE(104), filled: msg.readInt32BE(108), symbol: msg.toString('latin1', 131, 141).trim(), activity: msg.readBigInt64BE(168),
})
export const FORMS = { 216: trimmed, 290: full, 192: trade, 228: fullTrade } // by length: no two are alike

function read({ code, seq, msg }) {
  const form = FORMS[msg.length]
  return { code, seq, ...(form ? form(msg) : { error: msg.readInt16BE(12) }) }
}
