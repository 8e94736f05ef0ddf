// member_fo.mjs - what a member says and hears in futures and options, from the protocol's tables.
import { FORMS, Member, header, text } from './member.mjs'

const DAY = 0x08, STOP = 0x20, PAN = 'ABCDE1234F'

// contract_desc_tr, 26 bytes.
function describe(c, msg, at) {
  text(c.instrument, 6).copy(msg, at)
  text(c.symbol, 10).copy(msg, at + 6)
  msg.writeInt32BE(c.expiry, at + 16)
  msg.writeInt32BE(c.strike, at + 20)
  text(c.option, 2).copy(msg, at + 24)
}

export class FoMember extends Member {
  signOn(user, password) {
    return super.signOn(user, password, 278)
  }
  // MS_OE_REQUEST_TR 20000, 158 bytes.
  order(user, { contract, side, qty, price, ref, account, more = 0 }) {
    const msg = Buffer.alloc(158)
    msg.writeInt16BE(20000, 0)
    msg.writeInt32BE(user, 2)
    msg.writeInt32BE(contract.token, 8)
    describe(contract, msg, 12)
    text(account, 10).copy(msg, 38)
    msg.writeInt16BE(1, 48)
    msg.writeInt16BE(side, 50)
    msg.writeInt32BE(qty, 52)
    msg.writeInt32BE(qty, 56)
    msg.writeInt32BE(price, 60)
    msg[68] = DAY
    msg.writeInt16BE(1, 70)
    msg.writeInt32BE(user, 72)
    text(this.broker, 5).copy(msg, 76)
    msg.write('O', 81)
    text('', 12).copy(msg, 82)
    msg.writeInt16BE(1, 94)
    msg[96] = more
    msg.writeInt32BE(ref, 98)
    msg.writeDoubleBE(111111111111100, 102)
    text(PAN, 10).copy(msg, 110)
    return this.wire.send(msg)
  }
  // MS_OE_REQUEST, 316 bytes: 2000 with a trigger, or 2062.
  full(code, user, { contract, token = contract.token, side = 0, qty = 0, price = 0, trigger = 0, account = '', trader = user }) {
    const msg = header(code, user, 316)
    msg.writeInt32BE(token, 54)
    if (contract) describe(contract, msg, 58)
    text(account, 10).copy(msg, 106)
    msg.writeInt16BE(trigger ? 3 : 1, 116)
    msg.writeInt16BE(side, 118)
    msg.writeInt32BE(qty, 132)
    msg.writeInt32BE(price, 140)
    msg.writeInt32BE(trigger, 144)
    msg[164] = trigger ? DAY | STOP : DAY
    msg.writeInt16BE(1, 166)
    msg.writeInt32BE(trader, 168)
    text(this.broker, 5).copy(msg, 172)
    text('HELLO', 24).copy(msg, 177)
    msg.write('O', 201)
    msg.writeInt16BE(1, 214)
    text(PAN, 10).copy(msg, 240)
    return this.wire.send(msg)
  }
  // MS_OM_REQUEST_TR, 186 bytes: 20040, 20070 or 20060 of an order as `known` has it.
  change(code, user, known, { qty = known.qty, price = known.price, contract = known.contract } = {}) {
    const msg = Buffer.alloc(186)
    msg.writeInt16BE(code, 0)
    msg.writeInt32BE(user, 2)
    msg.writeInt32BE(contract.token, 8)
    describe(contract, msg, 12)
    msg.writeDoubleBE(known.number, 38)
    text(known.account, 10).copy(msg, 46)
    msg.writeInt16BE(1, 56)
    msg.writeInt16BE(known.side, 58)
    msg.writeInt32BE(qty, 60)
    msg.writeInt32BE(qty, 72)
    msg.writeInt32BE(price, 80)
    msg[96] = DAY
    msg.writeInt32BE(user, 100)
    text(this.broker, 5).copy(msg, 104)
    msg.write('O', 109)
    msg.writeInt16BE(1, 122)
    text(PAN, 10).copy(msg, 138)
    msg.writeBigInt64BE(known.activity, 154)
    return this.wire.send(msg)
  }
  // PRICE_MOD_IN 2013, 106 bytes.
  priceModify(user, known, price) {
    const msg = header(2013, user, 106)
    msg.writeInt32BE(known.contract.token, 40)
    msg.writeInt32BE(user, 44)
    msg.writeDoubleBE(known.number, 48)
    msg.writeInt16BE(known.side, 56)
    msg.writeInt32BE(price, 58)
    msg.writeInt32BE(known.qty, 62)
    msg.writeBigInt64BE(known.activity, 74)
    return this.wire.send(msg)
  }
}

const contractAt = (msg, token, at) => ({
  token: msg.readInt32BE(token), instrument: msg.toString('latin1', at, at + 6).trim(), symbol: msg.toString('latin1', at + 6, at + 16).trim(),
  expiry: msg.readInt32BE(at + 16), strike: msg.readInt32BE(at + 20), option: msg.toString('latin1', at + 24, at + 26).trim(),
})
FORMS[240] = (msg) => ({
  user: msg.readInt32BE(6), error: msg.readInt16BE(10), contract: contractAt(msg, 24, 28), number: msg.readDoubleBE(56),
  account: msg.toString('latin1', 64, 74).trim(), book: msg.readInt16BE(74), side: msg.readInt16BE(76), left: msg.readInt32BE(86), qty: msg.readInt32BE(90),
  filled: msg.readInt32BE(94), price: msg.readInt32BE(98), ref: msg.readInt32BE(144), pan: msg.toString('latin1', 164, 174), activity: msg.readBigInt64BE(180),
})
FORMS[230] = (msg) => ({
  user: msg.readInt32BE(6), number: msg.readDoubleBE(34), account: msg.toString('latin1', 48, 58).trim(), side: msg.readInt16BE(58), qty: msg.readInt32BE(60),
  left: msg.readInt32BE(68), price: msg.readInt32BE(76), fill: msg.readInt32BE(90), at: msg.readInt32BE(94), filled: msg.readInt32BE(98),
  contract: contractAt(msg, 108, 112), activity: msg.readBigInt64BE(170),
})
FORMS[316] = (msg) => ({
  user: msg.readInt32BE(8), error: msg.readInt16BE(12), jiffies: Number(msg.readBigInt64BE(22)), contract: contractAt(msg, 54, 58), number: msg.readDoubleBE(98),
  account: msg.toString('latin1', 106, 116).trim(), book: msg.readInt16BE(116), side: msg.readInt16BE(118), left: msg.readInt32BE(128), qty: msg.readInt32BE(132),
  filled: msg.readInt32BE(136), price: msg.readInt32BE(140), trigger: msg.readInt32BE(144), remarks: msg.toString('latin1', 177, 201).trim(),
  activity: msg.readBigInt64BE(256),
})
FORMS[296] = (msg) => ({
  user: msg.readInt32BE(8), jiffies: Number(msg.readBigInt64BE(22)), number: msg.readDoubleBE(40), account: msg.toString('latin1', 58, 68).trim(),
  side: msg.readInt16BE(68), qty: msg.readInt32BE(70), left: msg.readInt32BE(78), price: msg.readInt32BE(86), fill: msg.readInt32BE(100),
  at: msg.readInt32BE(104), filled: msg.readInt32BE(108), contract: contractAt(msg, 132, 136), activity: msg.readBigInt64BE(236),
})
