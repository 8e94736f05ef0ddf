/* A session's phases in words, where a share is shown and where an order is written. */
import type { InstrumentState } from "../api/types";

type Tone = "good" | "warn" | "bad";

interface Phase {
  /* On a badge. */
  word: string;
  tone: Tone;
  /* Why an order cannot be sent now; null where it can. */
  shut: string | null;
}

const PHASES: Record<InstrumentState, Phase> = {
  open: { word: "open", tone: "good", shut: null },
  halted: { word: "halted", tone: "bad", shut: "Trading in this share is halted" },
  closed: { word: "closed", tone: "bad", shut: "The market is closed" },
  auction: { word: "call auction", tone: "warn", shut: null },
  auction_limit: { word: "call auction, limit only", tone: "warn", shut: null },
  buffer: {
    word: "before trading",
    tone: "warn",
    shut: "No orders are taken between the auction and trading",
  },
  post_close: { word: "post-close", tone: "warn", shut: null },
};

/* A newer server may know more phases than this page: they are shown by their name. */
export function phaseOf(state: InstrumentState): Phase {
  const known = (PHASES as Partial<Record<string, Phase>>)[state];
  return known ?? { word: String(state), tone: "warn", shut: null };
}

export function isAuction(state: InstrumentState): boolean {
  return state === "auction" || state === "auction_limit";
}
