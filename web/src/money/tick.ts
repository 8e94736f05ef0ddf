/* Prices that an exchange takes: multiples of the instrument's tick, inside the day's band. */

export interface PriceGrid {
  tick_paise: number;
  band_lo_paise: number;
  band_hi_paise: number;
}

export function isOnTick(pricePaise: number, tickPaise: number): boolean {
  return tickPaise > 0 && pricePaise % tickPaise === 0;
}

/* The lowest and highest price on the grid inside the band; an upper band of 0 means none. */
export function gridEdges(grid: PriceGrid): { lo_paise: number; hi_paise: number } {
  const tick = Math.max(1, grid.tick_paise);
  const hi = grid.band_hi_paise > 0 ? grid.band_hi_paise : Number.MAX_SAFE_INTEGER;
  return {
    lo_paise: Math.max(tick, Math.ceil(grid.band_lo_paise / tick) * tick),
    hi_paise: Math.floor(hi / tick) * tick,
  };
}

/* The nearest price that can be sent; halves go up. */
export function snapToTick(pricePaise: number, grid: PriceGrid): number {
  const tick = Math.max(1, grid.tick_paise);
  const { lo_paise, hi_paise } = gridEdges(grid);
  return Math.min(hi_paise, Math.max(lo_paise, Math.floor(pricePaise / tick + 0.5) * tick));
}

/* One tick up (+1) or down (-1).  From between two ticks it goes to the next one that way. */
export function stepTick(pricePaise: number, direction: 1 | -1, grid: PriceGrid): number {
  const tick = Math.max(1, grid.tick_paise);
  const next =
    direction > 0
      ? Math.floor(pricePaise / tick + 1) * tick
      : Math.ceil(pricePaise / tick - 1) * tick;
  return snapToTick(next, grid);
}
