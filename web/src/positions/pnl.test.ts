import { describe, expect, it } from "vitest";
import type { Position } from "../api/types";
import { livePnl, sumPnl } from "./pnl";

function position(change: Partial<Position>): Position {
  return {
    symbol: "INFY",
    token: 1594,
    qty: 10,
    buy_qty: 10,
    buy_value_paise: 1_000_000,
    sell_qty: 0,
    sell_value_paise: 0,
    average_paise: 100_000,
    last_paise: 100_000,
    realised_paise: 0,
    unrealised_paise: 0,
    ...change,
  };
}

describe("livePnl", () => {
  it.each<[string, Partial<Position>, number, number]>([
    ["long, price up", {}, 100_250, 2_500],
    ["long, price down", {}, 99_750, -2_500],
    ["short, price up", { qty: -10 }, 100_250, -2_500],
    ["short, price down", { qty: -10 }, 99_750, 2_500],
    ["flat", { qty: 0, realised_paise: 700 }, 123_456, 0],
    [
      "from where the server left off",
      { last_paise: 100_100, unrealised_paise: 1_000 },
      100_200,
      2_000,
    ],
    ["no live price yet", { unrealised_paise: 1_000 }, 0, 1_000],
    /* 3 bought for 1,00,001 paise in all: the average is not whole, the P&L is. */
    [
      "odd average",
      { qty: 3, average_paise: 33_333, unrealised_paise: -1, last_paise: 33_334 },
      33_335,
      2,
    ],
  ])("%s", (_name, change, last, unrealised) => {
    const pnl = livePnl(position(change), last);
    expect(pnl.unrealised_paise).toBe(unrealised);
    expect(pnl.total_paise).toBe(pnl.realised_paise + unrealised);
  });

  it("sums", () => {
    const rows = [livePnl(position({ realised_paise: 5 }), 100_001), livePnl(position({}), 99_999)];
    expect(sumPnl(rows)).toEqual({ realised_paise: 5, unrealised_paise: 0, total_paise: 5 });
  });
});
