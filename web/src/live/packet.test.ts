import { describe, expect, it } from "vitest";
import { decodeFrame, wireToken } from "./packet";

/* Written out by hand from the table in the public ticker's documentation, not made by an encoder
 * of ours: RELIANCE, token 2885 (0x0b45), so 0x000b4501 on the wire. */
const LTP = "000b4501 00020210";
const QUOTE =
  LTP +
  // last qty, average, volume, total bid and offer quantity
  "0000000a 0002020b 000f4240 00000100 00000200" +
  // open, high, low, close
  "00020150 00020300 00020100 00020200";
const BIDS =
  "00000064 0002020f 0003 0000" +
  "000000c8 0002020e 0004 0000" +
  "0000012c 0002020d 0005 0000" +
  "00000190 0002020c 0006 0000" +
  "000001f4 0002020b 0007 0000";
const ASKS =
  "00000065 00020211 0001 0000" +
  "000000c9 00020212 0002 0000" +
  "0000012d 00020213 0003 0000" +
  "00000191 00020214 0004 0000" +
  "00000000 00000000 0000 0000";
const FULL = QUOTE + "6745a000 00000000 00000000 00000000 6745a001" + BIDS + ASKS;

function bytes(hex: string): ArrayBuffer {
  const pairs = hex.replaceAll(" ", "").match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16)).buffer;
}

describe("decodeFrame", () => {
  it("reads an ltp packet", () => {
    expect(decodeFrame(bytes(`0001 0008 ${LTP}`))).toEqual([{ token: 2885, last_paise: 131_600 }]);
  });

  it("reads a quote packet", () => {
    const [packet] = decodeFrame(bytes(`0001 002c ${QUOTE}`)) ?? [];
    expect(packet?.quote).toEqual({
      last_qty: 10,
      average_paise: 131_595,
      volume_qty: 1_000_000,
      open_paise: 131_408,
      high_paise: 131_840,
      low_paise: 131_328,
      prev_close_paise: 131_584,
    });
    expect(packet?.depth).toBeUndefined();
  });

  it("reads a full packet with five levels a side", () => {
    const [packet] = decodeFrame(bytes(`0001 00b8 ${FULL}`)) ?? [];
    expect(packet?.depth?.exchange_s).toBe(0x6745a001);
    expect(packet?.depth?.last_trade_s).toBe(0x6745a000);
    expect(packet?.depth?.bids).toHaveLength(5);
    expect(packet?.depth?.bids[0]).toEqual({ price_paise: 131_599, qty: 100, orders: 3 });
    expect(packet?.depth?.bids[4]).toEqual({ price_paise: 131_595, qty: 500, orders: 7 });
    expect(packet?.depth?.asks[0]).toEqual({ price_paise: 131_601, qty: 101, orders: 1 });
    expect(packet?.depth?.asks[4]).toEqual({ price_paise: 0, qty: 0, orders: 0 });
  });

  it("reads several packets and skips a kind it does not know", () => {
    const index = "00000009" + "00".repeat(24);
    const frame = bytes(`0003 0008 ${LTP} 001c ${index} 002c ${QUOTE}`);
    expect(decodeFrame(frame)?.map((p) => p.last_paise)).toEqual([131_600, 131_600]);
  });

  it("takes one byte as a heartbeat and no byte as nonsense", () => {
    expect(decodeFrame(bytes("00"))).toEqual([]);
    expect(decodeFrame(new ArrayBuffer(0))).toBeNull();
  });

  it("keeps tokens above 2^31 positive", () => {
    expect(decodeFrame(bytes("0001 0008 ffffff01 7fffffff"))).toEqual([
      { token: 0xffffff, last_paise: 0x7fffffff },
    ]);
  });

  it("refuses every truncation and any byte too many", () => {
    const whole = bytes(`0003 0008 ${LTP} 002c ${QUOTE} 00b8 ${FULL}`);
    expect(decodeFrame(whole)).toHaveLength(3);
    for (let len = 2; len < whole.byteLength; len += 1) {
      expect(decodeFrame(whole.slice(0, len)), `cut at ${len}`).toBeNull();
    }
    expect(decodeFrame(bytes(`0001 0008 ${LTP} 00`))).toBeNull();
  });

  it("agrees with wireToken", () => expect(wireToken(2885)).toBe(0x000b4501));
});
