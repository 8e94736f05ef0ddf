/* One word for how fresh the screen is, and the machinery that keeps it fresh: both sockets, and
 * HTTP every few seconds for prices while the tick socket is away. */
import { useEffect, useSyncExternalStore } from "react";
import { useQuotesQuery, useStatusQuery } from "../api/api";
import { runOrderSocket } from "../live/order-socket";
import { runTickSocket } from "../live/tick-socket";
import { ticks } from "../live/ticks";
import { useAppDispatch, useAppSelector } from "./store";
import { degradedTold, linkChanged } from "./ui-state";

const POLL_MS = 3_000;
const STATUS_MS = 15_000;

export type Connection = "live" | "delayed" | "offline";

function subscribeOnline(listener: () => void): () => void {
  window.addEventListener("online", listener);
  window.addEventListener("offline", listener);
  return () => {
    window.removeEventListener("online", listener);
    window.removeEventListener("offline", listener);
  };
}

export function useOnline(): boolean {
  return useSyncExternalStore(subscribeOnline, () => navigator.onLine);
}

/* Parts without which prices stand still (docs/protocols/api.md, GET /status). */
export function pricesDegraded(degraded: string[]): boolean {
  return degraded.some((part) => /market data|price|feed|edge|nats|relay|dataplane/i.test(part));
}

export function connectionOf(
  online: boolean,
  links: { ticks: boolean; orders: boolean },
  httpOk: boolean,
  degraded: string[],
): Connection {
  if (!online || (!links.ticks && !links.orders && !httpOk)) return "offline";
  return links.ticks && links.orders && !pricesDegraded(degraded) ? "live" : "delayed";
}

export function useConnection(): Connection {
  const online = useOnline();
  const { links, degraded } = useAppSelector((state) => state.ui);
  const { isError } = useStatusQuery();
  return connectionOf(online, links, !isError, degraded);
}

/* True while the prices on the screen may be old. */
export function usePricesStale(): boolean {
  const online = useOnline();
  return useAppSelector(({ ui }) => !online || !ui.links.ticks || pricesDegraded(ui.degraded));
}

/* Mounted once, in the shell of a logged-in client. */
export function useLiveLinks(): void {
  const dispatch = useAppDispatch();
  const live = useAppSelector((state) => state.ui.links.ticks);

  useEffect(() => {
    const stops = [
      runTickSocket(ticks, dispatch, (open) => dispatch(linkChanged({ ticks: open }))),
      runOrderSocket(dispatch, (open) => dispatch(linkChanged({ orders: open }))),
    ];
    return () => stops.forEach((stop) => stop());
  }, [dispatch]);

  const { data: quotes } = useQuotesQuery(undefined, { pollingInterval: live ? 0 : POLL_MS });
  useEffect(() => {
    if (quotes) ticks.seed(quotes);
  }, [quotes]);

  const { data: status } = useStatusQuery(undefined, { pollingInterval: STATUS_MS });
  useEffect(() => {
    if (status) dispatch(degradedTold(status.degraded));
  }, [dispatch, status]);
}
