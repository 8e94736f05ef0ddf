/* One instrument on a phone. */
import { useEffect, useState } from "react";
import { Link } from "react-router";
import type { Side } from "../api/types";
import { useUniverse, useWatched } from "../app/market";
import { useAppDispatch, useAppSelector } from "../app/store";
import { symbolChosen } from "../app/ui-state";
import { Ticket } from "../orders/ticket";
import { Button } from "../ui/button";
import { Icon } from "../ui/icons";
import { Empty, Loading, useTitle } from "../ui/parts";
import { Sheet } from "../ui/sheet";
import { ChartPanel } from "./chart-panel";
import { Facts } from "./facts";
import { Header } from "./header";
import { Ladder } from "./ladder";

export function InstrumentPage({ symbol }: { symbol: string }) {
  useTitle(symbol);
  const dispatch = useAppDispatch();
  const { list, bySymbol } = useUniverse();
  const watched = useWatched();
  const [ticket, setTicket] = useState<Side | null>(null);
  useEffect(() => void dispatch(symbolChosen(symbol)), [dispatch, symbol]);
  /* A price clicked in the ladder, or "Exit" on a position, brings the ticket up. */
  const asked = useAppSelector(({ ui }) => (ui.fill?.symbol === symbol ? ui.fill : null));
  useEffect(() => {
    if (asked) setTicket(asked.side ?? "BUY");
  }, [asked]);
  const instrument = bySymbol.get(symbol);
  if (!instrument) {
    return list.length === 0 ? (
      <Loading what={symbol} />
    ) : (
      <Empty title={`There is no ${symbol} here`} />
    );
  }
  const inList = watched.symbols.includes(symbol);
  return (
    <main className="flex flex-1 flex-col bg-panel pb-16">
      <div className="flex items-center justify-between px-1 pt-1">
        <Link to="/" className="flex h-9 items-center gap-1 px-2 text-muted">
          <Icon name="back" /> Watchlist
        </Link>
        <Button
          look="bare"
          size="sm"
          onClick={() => (inList ? watched.remove(symbol) : watched.add(symbol))}
          data-testid="watch-toggle"
        >
          <Icon name={inList ? "check" : "plus"} size={16} /> {inList ? "Watching" : "Watch"}
        </Button>
      </div>
      <Header instrument={instrument} />
      <div className="flex h-72 flex-col border-b border-line">
        <ChartPanel instrument={instrument} />
      </div>
      <div className="p-2">
        <Ladder instrument={instrument} />
      </div>
      <div className="border-t border-line p-3">
        <Facts instrument={instrument} />
      </div>
      <div
        className={
          "fixed inset-x-0 bottom-[calc(3.5rem+env(safe-area-inset-bottom))] z-10 " +
          "flex gap-2 border-t border-line bg-panel p-2"
        }
      >
        <Button
          size="lg"
          look="buy"
          className="flex-1"
          onClick={() => setTicket("BUY")}
          data-testid="open-buy"
        >
          Buy
        </Button>
        <Button
          size="lg"
          look="sell"
          className="flex-1"
          onClick={() => setTicket("SELL")}
          data-testid="open-sell"
        >
          Sell
        </Button>
      </div>
      {ticket && (
        <Sheet title={symbol} onClose={() => setTicket(null)}>
          <Ticket instrument={instrument} side={ticket} onDone={() => setTicket(null)} />
        </Sheet>
      )}
    </main>
  );
}
