/* Order updates from bijli-control, laid over what HTTP fetched. */
import { api } from "../api/api";
import type { StreamMessage } from "../api/types";
import type { AppDispatch } from "../app/store";
import { degradedTold } from "../app/ui-state";
import { Link } from "./link";
import { putOrder, putTrade } from "./patch";

const TYPES = new Set(["hello", "order", "trade", "portfolio", "status"]);

/* null for anything this version does not know: a newer server may say more. */
export function parseStream(text: string): StreamMessage | null {
  try {
    const message: unknown = JSON.parse(text);
    if (typeof message !== "object" || message === null || !("type" in message)) return null;
    return TYPES.has(String(message.type)) ? (message as StreamMessage) : null;
  } catch {
    return null;
  }
}

/* One order may trade a thousand times a second; the lists are fetched again at most twice. */
const REFETCH_MS = 500;

/* Runs at once, then at most once per `ms`; the last call is never lost. */
export function throttle(run: () => void, ms: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let again = false;
  const fire = () => {
    again = false;
    run();
    timer = setTimeout(() => {
      timer = undefined;
      if (again) fire();
    }, ms);
  };
  return () => {
    if (timer === undefined) fire();
    else again = true;
  };
}

export function applyStream(
  message: StreamMessage,
  dispatch: AppDispatch,
  refetch: () => void,
): void {
  switch (message.type) {
    case "order":
      dispatch(api.util.updateQueryData("orders", undefined, (l) => putOrder(l, message.order)));
      break;
    case "trade":
      dispatch(api.util.updateQueryData("trades", undefined, (l) => putTrade(l, message.trade)));
      break;
    case "status":
      dispatch(degradedTold(message.degraded));
      break;
    case "hello": /* Whatever happened while nobody listened. */
    case "portfolio":
      refetch();
      break;
  }
}

export function runOrderSocket(
  dispatch: AppDispatch,
  onState: (open: boolean) => void,
): () => void {
  const refetch = throttle(
    () => dispatch(api.util.invalidateTags(["Order", "Trade", "Position"])),
    REFETCH_MS,
  );
  const link = new Link({
    silence_ms: 0,
    onState,
    async connect() {
      const scheme = location.protocol === "https:" ? "wss:" : "ws:";
      return new WebSocket(`${scheme}//${location.host}/api/v1/stream`);
    },
    onOpen: () => undefined,
    onMessage(data) {
      const message = typeof data === "string" ? parseStream(data) : null;
      if (message) applyStream(message, dispatch, refetch);
    },
  });
  link.start();
  return () => link.stop();
}
