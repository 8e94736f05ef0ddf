/* The newest price of each instrument, outside Redux: sixty symbols that move four times a second
 * must not run reducers or render anything but their own rows.  Writers put packets in as they
 * come; readers are told once per animation frame, and only those whose instrument has changed. */
import type { QuoteRow } from "../api/types";
import type { Depth, Level, Packet } from "./packet";

export type Mode = "quote" | "full";

export interface Tick {
  token: number;
  last_paise: number;
  /* Against the price before this one. */
  direction: -1 | 0 | 1;
  /* Counts changes of the price: what a flash is keyed by. */
  move_cnt: number;
  last_qty: number;
  average_paise: number;
  volume_qty: number;
  open_paise: number;
  high_paise: number;
  low_paise: number;
  prev_close_paise: number;
  depth: Depth | null;
  /* The server said that its own source is behind. */
  stale: boolean;
}

type Listener = () => void;
type Schedule = (run: () => void) => void;

const BLANK: Omit<Tick, "token"> = {
  last_paise: 0,
  direction: 0,
  move_cnt: 0,
  last_qty: 0,
  average_paise: 0,
  volume_qty: 0,
  open_paise: 0,
  high_paise: 0,
  low_paise: 0,
  prev_close_paise: 0,
  depth: null,
  stale: false,
};

function moved(held: Tick, lastPaise: number): Partial<Tick> {
  if (lastPaise === held.last_paise) return {};
  if (held.last_paise === 0) return { last_paise: lastPaise };
  const direction = lastPaise > held.last_paise ? 1 : -1;
  return { last_paise: lastPaise, direction, move_cnt: held.move_cnt + 1 };
}

export class TickStore {
  private readonly ticks = new Map<number, Tick>();
  private readonly listeners = new Map<number, Set<Listener>>();
  private readonly dirty = new Set<number>();
  private readonly wants = new Map<number, Record<Mode, number>>();
  private readonly wantListeners = new Set<Listener>();
  private due = false;

  constructor(private readonly schedule: Schedule) {}

  get(token: number): Tick | undefined {
    return this.ticks.get(token);
  }

  subscribe(token: number, listener: Listener): Listener {
    const set = this.listeners.get(token) ?? new Set<Listener>();
    this.listeners.set(token, set.add(listener));
    return () => {
      set.delete(listener);
    };
  }

  /* From the tick socket.  A quote packet drops a depth held from before: it is old by now. */
  apply(packets: Packet[]): void {
    for (const packet of packets) {
      const held = this.held(packet.token);
      this.put({
        ...held,
        ...moved(held, packet.last_paise),
        ...packet.quote,
        depth: packet.depth ?? (packet.quote ? null : held.depth),
        stale: false,
      });
    }
  }

  /* From HTTP: the first picture, and what there is while the socket is away. */
  seed(rows: QuoteRow[]): void {
    for (const row of rows) {
      const held = this.held(row.token);
      const { last_qty, volume_qty, open_paise, high_paise, low_paise, prev_close_paise } = row;
      const day = { last_qty, volume_qty, open_paise, high_paise, low_paise, prev_close_paise };
      this.put({ ...held, ...moved(held, row.last_paise), ...day, stale: row.stale });
    }
  }

  seedDepth(token: number, bids: Level[], asks: Level[]): void {
    const held = this.held(token);
    const exchange_s = held.depth?.exchange_s ?? 0;
    this.put({ ...held, depth: { bids, asks, exchange_s, last_trade_s: 0 } });
  }

  /* Says that something on the screen shows this instrument; the returned function ends that. */
  want(token: number, mode: Mode): Listener {
    this.addWant(token, mode, 1);
    return () => this.addWant(token, mode, -1);
  }

  /* The richest mode anyone wants of each instrument. */
  wanted(): Map<number, Mode> {
    const modes = new Map<number, Mode>();
    for (const [token, count] of this.wants) {
      if (count.full > 0) modes.set(token, "full");
      else if (count.quote > 0) modes.set(token, "quote");
    }
    return modes;
  }

  onWanted(listener: Listener): Listener {
    this.wantListeners.add(listener);
    return () => {
      this.wantListeners.delete(listener);
    };
  }

  private held(token: number): Tick {
    return this.ticks.get(token) ?? { ...BLANK, token };
  }

  private put(tick: Tick): void {
    this.ticks.set(tick.token, tick);
    this.dirty.add(tick.token);
    if (this.due) return;
    this.due = true;
    this.schedule(() => this.flush());
  }

  private flush(): void {
    this.due = false;
    const tokens = [...this.dirty];
    this.dirty.clear();
    for (const token of tokens) {
      for (const listener of this.listeners.get(token) ?? []) listener();
    }
  }

  private addWant(token: number, mode: Mode, by: 1 | -1): void {
    const count = this.wants.get(token) ?? { quote: 0, full: 0 };
    count[mode] += by;
    if (count.quote + count.full === 0) this.wants.delete(token);
    else this.wants.set(token, count);
    for (const listener of this.wantListeners) listener();
  }
}

export const ticks = new TickStore((run) => requestAnimationFrame(run));
