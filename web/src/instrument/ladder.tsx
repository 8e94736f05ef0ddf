/* Five levels a side.  A click on a price puts it on the ticket: buying at an offer, selling at a
 * bid. */
import clsx from "clsx";
import { useEffect } from "react";
import { useBookQuery } from "../api/api";
import type { Instrument, Side } from "../api/types";
import { usePricesStale } from "../app/connection";
import { useAppDispatch, useAppSelector } from "../app/store";
import { ticketFilled } from "../app/ui-state";
import { useTick, useWant } from "../live/hooks";
import type { Level } from "../live/packet";
import { ticks } from "../live/ticks";
import { formatPaise, formatQty } from "../money/format";

const LEVEL_CNT = 5;
const POLL_MS = 3_000;
const NOTHING: Level = { price_paise: 0, qty: 0, orders: 0 };

function five(levels: Level[] | undefined): Level[] {
  return Array.from({ length: LEVEL_CNT }, (_, i) => levels?.[i] ?? NOTHING);
}

/* The book by HTTP: the first picture, and all there is while the tick socket is away. */
function useBookFallback(instrument: Instrument): void {
  const live = useAppSelector((state) => state.ui.links.ticks);
  const { data } = useBookQuery(instrument.symbol, { pollingInterval: live ? 0 : POLL_MS });
  useEffect(() => {
    if (data?.symbol !== instrument.symbol) return;
    if (!live || !ticks.get(instrument.token)?.depth) {
      ticks.seedDepth(instrument.token, data.bids, data.asks);
    }
  }, [data, instrument, live]);
}

interface LevelProps {
  side: "bid" | "ask";
  index: number;
  level: Level;
  max_qty: number;
  onPick: (side: Side, pricePaise: number) => void;
}

function LevelCell({ side, index, level, max_qty, onPick }: LevelProps) {
  const bid = side === "bid";
  const there = level.qty > 0;
  const share = max_qty > 0 ? Math.round((level.qty * 100) / max_qty) : 0;
  const price = there ? formatPaise(level.price_paise) : "-";
  return (
    <li>
      <button
        type="button"
        disabled={!there}
        onClick={() => onPick(bid ? "SELL" : "BUY", level.price_paise)}
        className={clsx(
          "relative flex h-7 w-full items-center gap-1 overflow-hidden rounded-sm px-1.5 text-xs",
          "enabled:hover:bg-raised",
          bid && "flex-row-reverse",
        )}
      >
        <span
          aria-hidden="true"
          className={clsx(
            "absolute inset-y-0.5 opacity-18",
            bid ? "right-0 bg-up" : "left-0 bg-down",
          )}
          style={{ width: `${share}%` }}
        />
        <span className="sr-only">{bid ? "Bid " : "Offer "}</span>
        <span
          data-testid={`ladder-${side}-${index}-price`}
          className={clsx(
            "relative font-medium",
            bid ? "text-up" : "text-down",
            !there && "text-muted",
          )}
        >
          {price}
        </span>
        <span className={clsx("relative flex-1 text-muted", bid ? "text-left" : "text-right")}>
          {there && level.orders}
          {there && <span className="sr-only"> orders, </span>}
        </span>
        <span
          data-testid={`ladder-${side}-${index}-qty`}
          className={clsx("relative w-16", bid ? "text-left" : "text-right")}
        >
          {there && formatQty(level.qty)}
        </span>
        {there && <span className="sr-only"> shares</span>}
      </button>
    </li>
  );
}

function Heads({ side }: { side: "bid" | "ask" }) {
  const bid = side === "bid";
  return (
    <div
      className={clsx("flex gap-1 px-1.5 pb-1 text-[11px] text-muted", bid && "flex-row-reverse")}
    >
      <span>{bid ? "Bid" : "Offer"}</span>
      <span className={clsx("flex-1", bid ? "text-left" : "text-right")}>Orders</span>
      <span className={clsx("w-16", bid ? "text-left" : "text-right")}>Qty</span>
    </div>
  );
}

function total(levels: Level[]): number {
  return levels.reduce((sum, level) => sum + level.qty, 0);
}

export function Ladder({ instrument }: { instrument: Instrument }) {
  const dispatch = useAppDispatch();
  useWant(instrument.token, "full");
  useBookFallback(instrument);
  const depth = useTick(instrument.token)?.depth;
  const stale = usePricesStale();
  const sides = { bid: five(depth?.bids), ask: five(depth?.asks) };
  const max_qty = Math.max(...sides.bid.map((l) => l.qty), ...sides.ask.map((l) => l.qty));
  const pick = (side: Side, price_paise: number) =>
    void dispatch(ticketFilled({ symbol: instrument.symbol, side, price_paise }));
  return (
    <section
      data-testid="ladder"
      aria-label={`Depth of ${instrument.symbol}`}
      className={clsx(stale && "grayscale")}
    >
      <div className="grid grid-cols-2 gap-1">
        {(["bid", "ask"] as const).map((side) => (
          <div key={side}>
            <Heads side={side} />
            <ol>
              {sides[side].map((level, index) => (
                <LevelCell
                  key={index}
                  side={side}
                  index={index}
                  level={level}
                  max_qty={max_qty}
                  onPick={pick}
                />
              ))}
            </ol>
            <p
              className={clsx(
                "flex justify-between px-1.5 pt-1 text-xs text-muted",
                side === "ask" && "flex-row-reverse",
              )}
            >
              <span className="text-text">{formatQty(total(sides[side]))}</span>
              <span>in five levels</span>
            </p>
          </div>
        ))}
      </div>
    </section>
  );
}
