/* The tick socket's binary frames (docs/protocols/api.md, "Ticks"): big-endian, prices in paise.
 *
 *   frame   u16 packet count, then per packet u16 length and the packet; 1 byte is a heartbeat
 *   packet  8 = ltp, 44 = quote, 184 = full; another length is skipped, so that kinds may be added
 *
 * A frame that ends early or has bytes left over gives null and nothing of it is used: half a
 * frame means that sender and reader disagree about the format. */

export interface Level {
  price_paise: number;
  qty: number;
  orders: number;
}

export interface Quote {
  last_qty: number;
  average_paise: number;
  volume_qty: number;
  open_paise: number;
  high_paise: number;
  low_paise: number;
  prev_close_paise: number;
}

export interface Depth {
  last_trade_s: number;
  exchange_s: number;
  bids: Level[];
  asks: Level[];
}

export interface Packet {
  token: number;
  last_paise: number;
  quote?: Quote;
  depth?: Depth;
}

export const LTP_BYTES = 8;
export const QUOTE_BYTES = 44;
export const FULL_BYTES = 184;
const LEVEL_BYTES = 12;
const LEVEL_CNT = 5;
const BIDS_AT = 64;
const ASKS_AT = BIDS_AT + LEVEL_CNT * LEVEL_BYTES;

/* The socket's token carries the exchange segment in its low byte; 1 is NSE. */
export function wireToken(token: number): number {
  return token * 256 + 1;
}

function readLevels(view: DataView, at: number): Level[] {
  const levels: Level[] = [];
  for (let i = 0; i < LEVEL_CNT; i += 1) {
    const from = at + i * LEVEL_BYTES;
    levels.push({
      qty: view.getUint32(from),
      price_paise: view.getUint32(from + 4),
      orders: view.getUint16(from + 8),
    });
  }
  return levels;
}

function readQuote(view: DataView, at: number): Quote {
  return {
    last_qty: view.getUint32(at + 8),
    average_paise: view.getUint32(at + 12),
    volume_qty: view.getUint32(at + 16),
    open_paise: view.getUint32(at + 28),
    high_paise: view.getUint32(at + 32),
    low_paise: view.getUint32(at + 36),
    prev_close_paise: view.getUint32(at + 40),
  };
}

function readDepth(view: DataView, at: number): Depth {
  return {
    last_trade_s: view.getUint32(at + 44),
    exchange_s: view.getUint32(at + 60),
    bids: readLevels(view, at + BIDS_AT),
    asks: readLevels(view, at + ASKS_AT),
  };
}

function readPacket(view: DataView, at: number, bytes: number): Packet | null {
  if (bytes !== LTP_BYTES && bytes !== QUOTE_BYTES && bytes !== FULL_BYTES) return null;
  const packet: Packet = {
    token: Math.floor(view.getUint32(at) / 256),
    last_paise: view.getUint32(at + 4),
  };
  if (bytes >= QUOTE_BYTES) packet.quote = readQuote(view, at);
  if (bytes >= FULL_BYTES) packet.depth = readDepth(view, at);
  return packet;
}

export function decodeFrame(frame: ArrayBuffer): Packet[] | null {
  const view = new DataView(frame);
  if (view.byteLength === 1) return [];
  if (view.byteLength < 2) return null;
  const packets: Packet[] = [];
  let at = 2;
  for (let left = view.getUint16(0); left > 0; left -= 1) {
    if (at + 2 > view.byteLength) return null;
    const bytes = view.getUint16(at);
    at += 2;
    if (at + bytes > view.byteLength) return null;
    const packet = readPacket(view, at, bytes);
    if (packet) packets.push(packet);
    at += bytes;
  }
  return at === view.byteLength ? packets : null;
}
