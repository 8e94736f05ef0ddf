/* Prices from bijli-edge: asks for what the screen shows, and for all of it again after a
 * reconnect. */
import { api } from "../api/api";
import type { AppDispatch } from "../app/store";
import { Link } from "./link";
import { decodeFrame, wireToken } from "./packet";
import type { Mode, TickStore } from "./ticks";

/* The edge sends a heartbeat each second. */
const SILENCE_MS = 5_000;
/* What the edge says now and then, and closes a socket that brings no new ticket then. */
const RENEW = "renew";
/* Rows scroll in and out of sight faster than the server need hear of. */
const SETTLE_MS = 100;

/* The texts that turn what was asked for into what is wanted now. */
export function modeTexts(asked: Map<number, Mode>, wanted: Map<number, Mode>): string[] {
  const fresh = [...wanted.keys()].filter((token) => !asked.has(token));
  const gone = [...asked.keys()].filter((token) => !wanted.has(token));
  const texts: string[] = [];
  if (gone.length > 0) texts.push(JSON.stringify({ a: "unsubscribe", v: gone.map(wireToken) }));
  if (fresh.length > 0) texts.push(JSON.stringify({ a: "subscribe", v: fresh.map(wireToken) }));
  for (const mode of ["quote", "full"] as const) {
    const tokens = [...wanted]
      .filter(([token, want]) => want === mode && (asked.get(token) ?? "quote") !== mode)
      .map(([token]) => wireToken(token));
    if (tokens.length > 0) texts.push(JSON.stringify({ a: "mode", v: [mode, tokens] }));
  }
  return texts;
}

/* Whether the edge asks for a new ticket; null and the like are texts of a newer edge. */
export function asksForTicket(text: string): boolean {
  try {
    const said = JSON.parse(text) as { type?: unknown } | null;
    return said?.type === RENEW;
  } catch {
    return false;
  }
}

/* The only header that a page can fill: in the address the ticket would end up in logs. */
export function tickProtocols(ticket: string): string[] {
  return ["bijli.ticks", `bijli.ticket.${ticket}`];
}

/* Runs until the returned function is called. */
export function runTickSocket(
  store: TickStore,
  dispatch: AppDispatch,
  onState: (open: boolean) => void,
): () => void {
  let asked = new Map<number, Mode>();
  let settleTimer = 0;

  const link = new Link({
    silence_ms: SILENCE_MS,
    onState,
    async connect() {
      const query = api.endpoints.tickTicket.initiate(undefined, { forceRefetch: true });
      const request = dispatch(query);
      try {
        const { url, ticket } = await request.unwrap();
        return new WebSocket(url, tickProtocols(ticket));
      } finally {
        request.unsubscribe();
      }
    },
    onOpen() {
      asked = new Map();
      ask();
    },
    onMessage(data) {
      if (typeof data === "string") {
        if (asksForTicket(data)) link.renew();
        return;
      }
      const packets = decodeFrame(data);
      if (packets) store.apply(packets);
    },
  });

  function ask(): void {
    const wanted = store.wanted();
    for (const text of modeTexts(asked, wanted)) link.send(text);
    asked = wanted;
  }

  const stopListening = store.onWanted(() => {
    clearTimeout(settleTimer);
    settleTimer = window.setTimeout(ask, SETTLE_MS);
  });
  link.start();
  return () => {
    stopListening();
    clearTimeout(settleTimer);
    link.stop();
  };
}
