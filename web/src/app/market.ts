/* Which instruments there are, and what a client has chosen to watch. */
import { useMemo } from "react";
import { useInstrumentsQuery, useSetWatchlistMutation, useWatchlistQuery } from "../api/api";
import type { Instrument } from "../api/types";

/* A halt shows here even to a client who only looks. */
const INSTRUMENTS_MS = 20_000;
export const WATCH_MAX = 50;

export interface Universe {
  list: Instrument[];
  bySymbol: Map<string, Instrument>;
}

const NONE: Instrument[] = [];

export function useUniverse(): Universe {
  const { data = NONE } = useInstrumentsQuery(undefined, { pollingInterval: INSTRUMENTS_MS });
  return useMemo(
    () => ({ list: data, bySymbol: new Map(data.map((row) => [row.symbol, row])) }),
    [data],
  );
}

export function useWatched() {
  const { data, isError, refetch } = useWatchlistQuery();
  const [save, { isError: saveFailed }] = useSetWatchlistMutation();
  const symbols = data ?? [];
  return {
    symbols,
    loaded: data !== undefined,
    isError,
    saveFailed,
    refetch,
    add: (symbol: string) => {
      if (data && !data.includes(symbol) && data.length < WATCH_MAX) void save([...data, symbol]);
    },
    remove: (symbol: string) => {
      if (data) void save(data.filter((held) => held !== symbol));
    },
  };
}
