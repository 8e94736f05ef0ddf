/* Candles: history from the server, the newest one kept going from ticks. */
import type { CandleRow, Interval } from "../api/types";

export interface Candle {
  start_s: number;
  open_paise: number;
  high_paise: number;
  low_paise: number;
  close_paise: number;
}

export const INTERVAL_S: Record<Interval, number> = {
  "5s": 5,
  "15s": 15,
  "1m": 60,
  "5m": 300,
  "15m": 900,
};

export function candleOf(row: CandleRow): Candle {
  const [start_s, open_paise, high_paise, low_paise, close_paise] = row;
  return { start_s, open_paise, high_paise, low_paise, close_paise };
}

/* The newest candle after a price.  A price older than the candle changes nothing: null. */
export function foldPrice(
  last: Candle | null,
  pricePaise: number,
  time_s: number,
  interval_s: number,
): Candle | null {
  const start_s = time_s - (time_s % interval_s);
  if (pricePaise <= 0 || (last && start_s < last.start_s)) return null;
  if (!last || start_s > last.start_s) {
    const [open_paise, high_paise, low_paise] = [pricePaise, pricePaise, pricePaise];
    return { start_s, open_paise, high_paise, low_paise, close_paise: pricePaise };
  }
  return {
    ...last,
    high_paise: Math.max(last.high_paise, pricePaise),
    low_paise: Math.min(last.low_paise, pricePaise),
    close_paise: pricePaise,
  };
}
