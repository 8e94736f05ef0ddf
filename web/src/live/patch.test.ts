import { describe, expect, it } from "vitest";
import type { Order, Trade } from "../api/types";
import { backoffMs } from "./backoff";
import { isNewer, mergeOrders, putOrder, putTrade } from "./patch";

function order(id: string, change: Partial<Order> = {}): Order {
  return {
    order_id: id,
    client_order_id: `9${id}`,
    account_id: "1",
    symbol: "INFY",
    token: 1594,
    side: "BUY",
    type: "LIMIT",
    tif: "DAY",
    expiry: "",
    price_paise: 112_100,
    trigger_price_paise: 0,
    qty: 10,
    app: null,
    disclosed_qty: 0,
    filled_qty: 0,
    leaves_qty: 10,
    average_paise: 0,
    state: "open",
    reason: "",
    reason_text: "",
    created: `2026-11-24T04:00:0${id}.000Z`,
    updated: `2026-11-24T04:00:0${id}.000Z`,
    ...change,
  };
}

const at = (second: number) => ({ updated: `2026-11-24T05:00:0${second}.000Z` });

describe("isNewer", () => {
  it.each<[string, Partial<Order>, Partial<Order>, boolean]>([
    ["a later report", at(2), at(1), true],
    ["an older report", at(1), at(2), false],
    ["the same again", at(1), at(1), true],
    ["the end after open", { state: "filled", ...at(1) }, at(1), true],
    ["open after the end, even with a later clock", at(3), { state: "cancelled", ...at(1) }, false],
    ["open after it waited", at(2), { state: "trigger_pending", ...at(1) }, true],
    ["waiting after it has woken", { state: "trigger_pending", ...at(3) }, at(1), false],
    ["more filled, same time", { filled_qty: 5, ...at(1) }, { filled_qty: 2, ...at(1) }, true],
    ["less filled, later clock", { filled_qty: 2, ...at(3) }, { filled_qty: 5, ...at(1) }, false],
    [
      "a trade that reached us after the cancel",
      { state: "cancelled", filled_qty: 5, ...at(2) },
      { state: "cancelled", filled_qty: 0, ...at(2) },
      true,
    ],
  ])("%s", (_name, next, held, newer) =>
    expect(isNewer(order("1", next), order("1", held))).toBe(newer),
  );
});

describe("putOrder", () => {
  it("puts a new order first and replaces a known one where it stands", () => {
    const list = [order("2"), order("1")];
    putOrder(list, order("3"));
    putOrder(list, order("1", { state: "filled", ...at(1) }));
    expect(list.map((row) => [row.order_id, row.state])).toEqual([
      ["3", "open"],
      ["2", "open"],
      ["1", "filled"],
    ]);
  });

  it("ends in the same list whatever order the reports come in", () => {
    const reports = [
      order("1"),
      order("1", { filled_qty: 4, ...at(1) }),
      order("1", { filled_qty: 10, state: "filled", ...at(2) }),
    ];
    for (const turn of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
      [2, 0, 1],
      [0, 2, 1],
      [1, 0, 2],
    ]) {
      const list: Order[] = [];
      for (const i of turn) putOrder(list, reports[i] as Order);
      expect(list).toEqual([reports[2]]);
    }
  });
});

describe("putTrade", () => {
  it("counts each trade once", () => {
    const trade: Trade = {
      trade_id: "7",
      order_id: "1",
      symbol: "INFY",
      side: "BUY",
      price_paise: 112_100,
      qty: 10,
      time: "2026-11-24T04:00:00.000Z",
      maker: false,
      auction: false,
    };
    const list: Trade[] = [];
    putTrade(list, trade);
    putTrade(list, { ...trade });
    putTrade(list, { ...trade, trade_id: "8" });
    expect(list.map((row) => row.trade_id)).toEqual(["8", "7"]);
  });
});

describe("mergeOrders", () => {
  it("keeps what the stream knew before the database did", () => {
    const held = [order("3"), order("2", { state: "filled", ...at(1) }), order("1")];
    const fetched = [order("2"), order("1", { filled_qty: 1, ...at(1) })];
    expect(mergeOrders(held, fetched).map((o) => [o.order_id, o.state, o.filled_qty])).toEqual([
      ["3", "open", 0],
      ["2", "filled", 0],
      ["1", "open", 1],
    ]);
  });

  it("drops what the server no longer lists", () => {
    expect(mergeOrders([order("1")], [order("2")]).map((o) => o.order_id)).toEqual(["2"]);
  });

  it("is the fetched list when nothing is held", () => {
    expect(mergeOrders([], [order("2"), order("1")])).toHaveLength(2);
  });
});

describe("backoffMs", () => {
  it("grows to a ceiling and never below half of it", () => {
    expect(backoffMs(0, 0)).toBe(125);
    expect(backoffMs(0, 1)).toBe(250);
    expect(backoffMs(3, 1)).toBe(2_000);
    expect(backoffMs(50, 1)).toBe(8_000);
    expect(backoffMs(50, 0)).toBe(4_000);
  });
});
