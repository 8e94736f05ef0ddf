import { describe, expect, it } from "vitest";
import type { Instrument } from "../api/types";
import { checkTicket, newClientOrderId, stopHint, type TicketInput } from "./validate";

const share: Instrument = {
  token: 2885,
  symbol: "RELIANCE",
  tick_paise: 10,
  lot_qty: 1,
  prev_close_paise: 131_600,
  band_lo_paise: 118_440,
  band_hi_paise: 144_760,
  freeze_qty: 50_000,
  state: "open",
};
const lots = { ...share, lot_qty: 25 };
const plain: TicketInput = {
  side: "BUY",
  type: "LIMIT",
  tif: "DAY",
  qty_text: "10",
  price_text: "1316.00",
  trigger_text: "",
  disclosed_text: "",
  expiry: "",
};

describe("checkTicket", () => {
  it.each<[string, Partial<Instrument>, string, string, Record<string, RegExp>]>([
    ["good", {}, "10", "1316.00", {}],
    ["grouped digits", {}, "1,000", "1,316.00", {}],
    ["band's lower edge", {}, "1", "1184.40", {}],
    ["band's upper edge", {}, "1", "1447.60", {}],
    ["freeze quantity itself", {}, "50000", "1316", {}],
    ["no quantity", {}, "", "1316", { qty: /whole number/ }],
    ["zero", {}, "0", "1316", { qty: /above 0/ }],
    ["half a share", {}, "1.5", "1316", { qty: /whole number/ }],
    ["minus", {}, "-1", "1316", { qty: /whole number/ }],
    ["above freeze", {}, "50001", "1316", { qty: /At most 50,000/ }],
    ["no price", {}, "1", "", { price: /price in rupees/ }],
    ["price zero", {}, "1", "0", { price: /price in rupees/ }],
    ["off tick", {}, "1", "1316.05", { price: /multiple of 0\.10/ }],
    ["below band", {}, "1", "1184.30", { price: /1,184\.40 to 1,447\.60/ }],
    ["above band", {}, "1", "1447.70", { price: /1,184\.40 to 1,447\.60/ }],
    ["both", {}, "x", "y", { qty: /whole/, price: /rupees/ }],
    ["halted", { state: "halted" }, "1", "1316", { form: /halted/ }],
    ["closed", { state: "closed" }, "1", "1316", { form: /closed/ }],
    ["odd lot", lots, "30", "1316", { qty: /multiple of 25/ }],
    ["whole lots", lots, "50", "1316", {}],
    ["no freeze quantity known", { freeze_qty: 0 }, "900000", "1316", {}],
    [
      "too large for arithmetic",
      { freeze_qty: 0 },
      "900000000000000",
      "1316",
      { qty: /too large/ },
    ],
  ])("limit: %s", (_name, change, qty_text, price_text, wrong) => {
    const input = { ...plain, qty_text, price_text };
    const { errors } = checkTicket(input, { ...share, ...change }, 131_650);
    expect(Object.keys(errors).sort()).toEqual(Object.keys(wrong).sort());
    for (const [field, text] of Object.entries(wrong)) {
      expect(errors[field as keyof typeof errors]).toMatch(text);
    }
  });

  it("counts in paise", () => {
    const limit = { ...plain, qty_text: "3", price_text: "1316.10" };
    expect(checkTicket(limit, share, 0)).toMatchObject({
      qty: 3,
      price_paise: 131_610,
      value_paise: 394_830,
    });
  });

  it("a market order needs no price and is valued at the last one", () => {
    const market = { ...plain, type: "MARKET" as const, qty_text: "3", price_text: "nonsense" };
    expect(checkTicket(market, share, 131_650)).toEqual({
      errors: {},
      qty: 3,
      price_paise: 0,
      trigger_paise: 0,
      disclosed_qty: 0,
      value_paise: 394_950,
    });
  });

  const buySl = { type: "SL", trigger_text: "1315.00" } as const;
  const sellSl = { ...buySl, side: "SELL" } as const;
  it.each<[string, Partial<TicketInput>, Partial<Instrument>, Record<string, RegExp>]>([
    ["SL buy above its trigger", buySl, {}, {}],
    ["SL buy at its trigger", { ...buySl, trigger_text: "1316.00" }, {}, {}],
    ["SL buy below its trigger", { ...buySl, trigger_text: "1316.10" }, {}, { price: /or above/ }],
    ["SL sell above its trigger", sellSl, {}, { price: /or below/ }],
    ["SL sell below its trigger", { ...sellSl, trigger_text: "1317" }, {}, {}],
    ["SL without a trigger", { type: "SL" }, {}, { trigger: /price in rupees/ }],
    ["SL-M", { ...buySl, type: "SL-M", price_text: "" }, {}, {}],
    ["SL-M off tick", { type: "SL-M", trigger_text: "1315.05" }, {}, { trigger: /multiple/ }],
    ["a trigger that no stop uses", { trigger_text: "nonsense" }, {}, {}],
    ["disclosed", { disclosed_text: "5" }, {}, {}],
    ["disclosed, all of it", { disclosed_text: "10" }, {}, {}],
    ["disclosed, too much", { disclosed_text: "11" }, {}, { disclosed: /At most/ }],
    ["disclosed, nothing", { disclosed_text: "0" }, {}, { disclosed: /empty to show all/ }],
    ["till today", { tif: "GTD", expiry: "2026-08-03" }, {}, {}],
    ["till yesterday", { tif: "GTD", expiry: "2026-08-02" }, {}, { expiry: /today or later/ }],
    ["till no day", { tif: "GTD" }, {}, { expiry: /Choose a day/ }],
    ["a day that nobody reads", { tif: "GTC", expiry: "1999-01-01" }, {}, {}],
    ["call auction", {}, { state: "auction" }, {}],
    ["SL in a call auction", buySl, { state: "auction" }, { form: /call auction takes no/ }],
    ["IOC in a call auction", { tif: "IOC" }, { state: "auction" }, { form: /takes no/ }],
    ["market in a call auction", { type: "MARKET" }, { state: "auction" }, {}],
    ["market, limit only", { type: "MARKET" }, { state: "auction_limit" }, { form: /Only limit/ }],
    ["between auction and trading", {}, { state: "buffer" }, { form: /No orders are taken/ }],
    ["post-close", {}, { state: "post_close" }, {}],
  ])("%s", (_name, part, change, wrong) => {
    const input = { ...plain, ...part };
    const { errors } = checkTicket(input, { ...share, ...change }, 131_650, "2026-08-03");
    expect(Object.keys(errors).sort()).toEqual(Object.keys(wrong).sort());
    for (const [field, text] of Object.entries(wrong)) {
      expect(errors[field as keyof typeof errors]).toMatch(text);
    }
  });

  it("a stop without a limit is valued at its trigger price", () => {
    const stop = { ...plain, type: "SL-M" as const, trigger_text: "1320" };
    expect(checkTicket(stop, share, 131_650)).toMatchObject({
      price_paise: 0,
      trigger_paise: 132_000,
      value_paise: 1_320_000,
    });
  });
});

describe("stopHint", () => {
  it.each([
    ["BUY", 132_000, 131_000, /rises/],
    ["BUY", 132_000, 132_000, /at once/],
    ["SELL", 130_000, 131_000, /falls/],
    ["SELL", 132_000, 131_000, /at once/],
    ["BUY", 0, 131_000, /rises/],
    ["BUY", 132_000, 0, /rises/],
  ] as const)("%s from %d at %d", (side, trigger, last, text) => {
    expect(stopHint(side, trigger, last)).toMatch(text);
  });
});

describe("newClientOrderId", () => {
  it("is a decimal in range, and not the same twice", () => {
    const ids = new Set(Array.from({ length: 500 }, newClientOrderId));
    expect(ids.size).toBe(500);
    for (const id of ids) {
      expect(id).toMatch(/^[1-9]\d*$/);
      expect(BigInt(id) < 2n ** 63n).toBe(true);
    }
  });
});
