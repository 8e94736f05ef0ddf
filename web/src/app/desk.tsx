/* The wide screen: watchlist, chart and depth, ticket, and the books of orders below. */
import { Tabs } from "radix-ui";
import { useEffect } from "react";
import { ChartPanel } from "../instrument/chart-panel";
import { Facts } from "../instrument/facts";
import { Header } from "../instrument/header";
import { Ladder } from "../instrument/ladder";
import { OrderList } from "../orders/list";
import { Ticket } from "../orders/ticket";
import { TradeList } from "../orders/trades";
import { PositionList } from "../positions/list";
import { Loading, Panel, useTitle } from "../ui/parts";
import { Watchlist } from "../watch/watchlist";
import { useUniverse, useWatched } from "./market";
import { useAppDispatch, useAppSelector } from "./store";
import { symbolChosen } from "./ui-state";

const TABS = [
  { value: "orders", label: "Orders", body: <OrderList /> },
  { value: "trades", label: "Trades", body: <TradeList /> },
  { value: "positions", label: "Positions", body: <PositionList /> },
];

function Books({ first }: { first: string }) {
  return (
    <Tabs.Root defaultValue={first} key={first} className="flex min-h-0 flex-1 flex-col">
      <Tabs.List aria-label="Orders, trades, positions" className="flex border-b border-line px-2">
        {TABS.map(({ value, label }) => (
          <Tabs.Trigger
            key={value}
            value={value}
            data-testid={`desk-${value}`}
            className={
              "-mb-px h-9 border-b-2 border-transparent px-3 text-muted " +
              "data-[state=active]:border-accent data-[state=active]:text-text"
            }
          >
            {label}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {TABS.map(({ value, body }) => (
        <Tabs.Content key={value} value={value} className="min-h-0 flex-1 overflow-auto">
          {body}
        </Tabs.Content>
      ))}
    </Tabs.Root>
  );
}

/* The address wins, then what was looked at last, then the top of the watchlist. */
function useShownSymbol(fromAddress: string | undefined): string | undefined {
  const dispatch = useAppDispatch();
  const last = useAppSelector((state) => state.ui.symbol);
  const { symbols } = useWatched();
  const { list } = useUniverse();
  useEffect(() => {
    if (fromAddress) dispatch(symbolChosen(fromAddress));
  }, [dispatch, fromAddress]);
  return fromAddress ?? last ?? symbols[0] ?? list[0]?.symbol;
}

export function Desk({ symbol, tab }: { symbol: string | undefined; tab: string }) {
  const shown = useShownSymbol(symbol);
  const { bySymbol } = useUniverse();
  const instrument = shown ? bySymbol.get(shown) : undefined;
  useTitle(shown ?? "Trade");
  return (
    <main className="grid min-h-0 flex-1 grid-cols-[270px_minmax(0,1fr)_320px] gap-2 p-2">
      <Panel className="flex min-h-0 flex-col">
        <Watchlist chosen={shown} />
      </Panel>
      <div
        className={
          "grid min-h-0 min-w-0 grid-cols-[minmax(0,1fr)] gap-2 " +
          "grid-rows-[minmax(0,1fr)_minmax(0,0.72fr)]"
        }
      >
        <Panel className="flex min-h-0 flex-col">
          {instrument ? (
            <>
              <Header instrument={instrument} />
              <ChartPanel instrument={instrument} key={instrument.symbol} />
            </>
          ) : (
            <Loading what="instruments" />
          )}
        </Panel>
        <Panel className="flex min-h-0 flex-col">
          <Books first={tab} />
        </Panel>
      </div>
      <div className="flex min-h-0 flex-col gap-2 overflow-auto">
        {instrument && (
          <>
            <Panel className="p-3">
              <Ticket instrument={instrument} key={instrument.symbol} />
            </Panel>
            <Panel className="p-2">
              <Ladder instrument={instrument} />
            </Panel>
            <Panel className="p-3">
              <Facts instrument={instrument} />
            </Panel>
          </>
        )}
      </div>
    </main>
  );
}
