import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Packet } from "./packet";
import { TickStore } from "./ticks";

const day = {
  last_qty: 1,
  average_paise: 100,
  volume_qty: 10,
  open_paise: 100,
  high_paise: 110,
  low_paise: 90,
  prev_close_paise: 95,
};
const depth = { last_trade_s: 1, exchange_s: 2, bids: [], asks: [] };

function quote(token: number, last_paise: number, extra: Partial<Packet> = {}): Packet {
  return { token, last_paise, quote: day, ...extra };
}

describe("TickStore", () => {
  let frames: (() => void)[] = [];
  let store = new TickStore(() => undefined);
  const frame = () => frames.splice(0).forEach((run) => run());

  beforeEach(() => {
    frames = [];
    store = new TickStore((run) => frames.push(run));
  });

  it("tells a reader once a frame, and only of its own instrument", () => {
    const [one, two] = [vi.fn(), vi.fn()];
    store.subscribe(1, one);
    store.subscribe(2, two);
    for (let price = 100; price < 200; price += 1) store.apply([quote(1, price)]);
    expect(one).not.toHaveBeenCalled();
    expect(frames).toHaveLength(1);
    frame();
    expect(one).toHaveBeenCalledTimes(1);
    expect(two).not.toHaveBeenCalled();
    expect(store.get(1)?.last_paise).toBe(199);
  });

  it("knows which way the price went and how often it moved", () => {
    store.apply([quote(1, 100)]);
    expect(store.get(1)).toMatchObject({ direction: 0, move_cnt: 0 });
    store.apply([quote(1, 105)]);
    expect(store.get(1)).toMatchObject({ direction: 1, move_cnt: 1 });
    store.apply([quote(1, 105)]);
    expect(store.get(1)).toMatchObject({ direction: 1, move_cnt: 1 });
    store.apply([quote(1, 104)]);
    expect(store.get(1)).toMatchObject({ direction: -1, move_cnt: 2 });
  });

  it("drops an old depth when only quotes come, keeps it under ltp", () => {
    store.apply([quote(1, 100, { depth })]);
    store.apply([{ token: 1, last_paise: 101 }]);
    expect(store.get(1)?.depth).toEqual(depth);
    store.apply([quote(1, 102)]);
    expect(store.get(1)?.depth).toBeNull();
  });

  it("asks for the richest mode that anyone wants, until nobody does", () => {
    const changed = vi.fn();
    store.onWanted(changed);
    const row = store.want(1, "quote");
    const page = store.want(1, "full");
    const other = store.want(2, "quote");
    expect([...store.wanted()]).toEqual([
      [1, "full"],
      [2, "quote"],
    ]);
    page();
    expect(store.wanted().get(1)).toBe("quote");
    row();
    other();
    expect(store.wanted().size).toBe(0);
    expect(changed).toHaveBeenCalledTimes(6);
  });

  it("stops telling a reader that has gone", () => {
    const reader = vi.fn();
    store.subscribe(1, reader)();
    store.apply([quote(1, 100)]);
    frame();
    expect(reader).not.toHaveBeenCalled();
  });
});
