import { describe, expect, it } from "vitest";
import type { Instrument } from "../api/types";
import { checkTicket, newClientOrderId } from "./validate";

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
    const input = { type: "LIMIT" as const, qty_text, price_text };
    const { errors } = checkTicket(input, { ...share, ...change }, 131_650);
    expect(Object.keys(errors).sort()).toEqual(Object.keys(wrong).sort());
    for (const [field, text] of Object.entries(wrong)) {
      expect(errors[field as keyof typeof errors]).toMatch(text);
    }
  });

  it("counts in paise", () => {
    const limit = { type: "LIMIT" as const, qty_text: "3", price_text: "1316.10" };
    expect(checkTicket(limit, share, 0)).toMatchObject({
      qty: 3,
      price_paise: 131_610,
      value_paise: 394_830,
    });
  });

  it("a market order needs no price and is valued at the last one", () => {
    const market = { type: "MARKET" as const, qty_text: "3", price_text: "nonsense" };
    const check = checkTicket(market, share, 131_650);
    expect(check).toEqual({ errors: {}, qty: 3, price_paise: 0, value_paise: 394_950 });
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
