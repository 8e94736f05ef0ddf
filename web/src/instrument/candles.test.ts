import { describe, expect, it } from "vitest";
import { candleOf, foldPrice, type Candle } from "./candles";

const held: Candle = {
  start_s: 60,
  open_paise: 100,
  high_paise: 110,
  low_paise: 90,
  close_paise: 105,
};

describe("foldPrice", () => {
  it.each<[string, Candle | null, number, number, Candle | null]>([
    [
      "first of all",
      null,
      100,
      61,
      { start_s: 60, open_paise: 100, high_paise: 100, low_paise: 100, close_paise: 100 },
    ],
    ["inside", held, 101, 119, { ...held, close_paise: 101 }],
    ["new high", held, 120, 119, { ...held, high_paise: 120, close_paise: 120 }],
    ["new low", held, 80, 60, { ...held, low_paise: 80, close_paise: 80 }],
    [
      "next candle",
      held,
      101,
      120,
      { start_s: 120, open_paise: 101, high_paise: 101, low_paise: 101, close_paise: 101 },
    ],
    ["late", held, 101, 59, null],
    ["no price", held, 0, 61, null],
  ])("%s", (_name, last, price, time_s, candle) =>
    expect(foldPrice(last, price, time_s, 60)).toEqual(candle),
  );

  it("agrees with candles made from all prices at once", () => {
    const prices = Array.from({ length: 300 }, (_, i) => [i, 1000 + ((i * 37) % 91)] as const);
    const folded = new Map<number, Candle>();
    let last: Candle | null = null;
    for (const [time_s, price] of prices) {
      last = foldPrice(last, price, time_s, 15) ?? last;
      if (last) folded.set(last.start_s, last);
    }
    for (let start = 0; start < 300; start += 15) {
      const slice = prices.slice(start, start + 15).map(([, price]) => price);
      expect(folded.get(start)).toEqual({
        start_s: start,
        open_paise: slice[0],
        high_paise: Math.max(...slice),
        low_paise: Math.min(...slice),
        close_paise: slice.at(-1),
      });
    }
  });
});

describe("candleOf", () => {
  it("names the columns", () => {
    expect(candleOf([60, 100, 110, 90, 105, 7])).toEqual(held);
  });
});
