import clsx from "clsx";
import { useCallback, useMemo, useSyncExternalStore } from "react";
import { useNavigate } from "react-router";
import { usePositionsQuery } from "../api/api";
import type { Position } from "../api/types";
import { usePricesStale } from "../app/connection";
import { useDesktop } from "../app/media";
import { useAppDispatch } from "../app/store";
import { ticketFilled } from "../app/ui-state";
import { useTick, useWant } from "../live/hooks";
import { ticks } from "../live/ticks";
import { formatPaise, formatQty, formatSignedPaise } from "../money/format";
import { Td, Th } from "../orders/rows";
import { Button } from "../ui/button";
import { Arrow, Badge, Empty, Failed, Loading, toneOf } from "../ui/parts";
import { livePnl, sumPnl } from "./pnl";

/* Live prices of many instruments as one text: equal texts render nothing. */
function usePriceText(tokens: number[]): string {
  const subscribe = useCallback(
    (listener: () => void) => {
      const stops = tokens.map((token) => ticks.subscribe(token, listener));
      return () => stops.forEach((stop) => stop());
    },
    [tokens],
  );
  return useSyncExternalStore(subscribe, () =>
    tokens.map((token) => ticks.get(token)?.last_paise ?? 0).join(","),
  );
}

function Money({ paise, testId }: { paise: number; testId?: string }) {
  return (
    <span
      data-testid={testId}
      data-paise={paise}
      className={clsx("whitespace-nowrap", toneOf(paise))}
    >
      <Arrow value={paise} /> {formatSignedPaise(paise)}
    </span>
  );
}

function Totals({ positions }: { positions: Position[] }) {
  const tokens = useMemo(() => positions.map((row) => row.token), [positions]);
  const prices = usePriceText(tokens).split(",").map(Number);
  const sum = sumPnl(positions.map((row, i) => livePnl(row, prices[i] ?? 0)));
  const stale = usePricesStale();
  return (
    <dl className="flex flex-wrap items-center gap-x-6 gap-y-1 border-b border-line px-3 py-2.5">
      <div className="flex items-baseline gap-2">
        <dt className="text-muted">Total P&amp;L</dt>
        <dd className="text-base font-semibold">
          <Money paise={sum.total_paise} testId="positions-total" />
        </dd>
      </div>
      <div className="flex items-baseline gap-2 text-xs">
        <dt className="text-muted">Realised</dt>
        <dd>
          <Money paise={sum.realised_paise} />
        </dd>
      </div>
      <div className="flex items-baseline gap-2 text-xs">
        <dt className="text-muted">Unrealised</dt>
        <dd>
          <Money paise={sum.unrealised_paise} />
        </dd>
      </div>
      {stale && <Badge tone="warn">stale prices</Badge>}
    </dl>
  );
}

function useRow(position: Position) {
  useWant(position.token, "quote");
  const last = useTick(position.token)?.last_paise || position.last_paise;
  const dispatch = useAppDispatch();
  const navigate = useNavigate();
  const exit = () => {
    const { symbol, qty } = position;
    dispatch(ticketFilled({ symbol, side: qty > 0 ? "SELL" : "BUY", qty: Math.abs(qty) }));
    void navigate(`/i/${encodeURIComponent(symbol)}`);
  };
  return { last, pnl: livePnl(position, last), exit };
}

function Row({ position }: { position: Position }) {
  const { last, pnl, exit } = useRow(position);
  const { symbol, qty } = position;
  return (
    <tr data-testid={`positions-row-${symbol}`} className="border-t border-line">
      <Td>
        <span className="font-medium">{symbol}</span>
      </Td>
      <Td right testId={`position-qty-${symbol}`}>
        {formatQty(qty)}
      </Td>
      <Td right>{position.average_paise > 0 ? formatPaise(position.average_paise) : "-"}</Td>
      <Td right>{last > 0 ? formatPaise(last) : "-"}</Td>
      <Td right>
        <Money paise={pnl.realised_paise} />
      </Td>
      <Td right>
        <Money paise={pnl.unrealised_paise} />
      </Td>
      <Td right>
        <Money paise={pnl.total_paise} testId={`position-pnl-${symbol}`} />
      </Td>
      <Td right>
        {qty !== 0 && (
          <Button size="sm" onClick={exit} data-testid={`position-exit-${symbol}`}>
            Exit
          </Button>
        )}
      </Td>
    </tr>
  );
}

function Card({ position }: { position: Position }) {
  const { last, pnl, exit } = useRow(position);
  const { symbol, qty } = position;
  return (
    <li
      data-testid={`positions-row-${symbol}`}
      className="flex items-center gap-3 border-b border-line px-3 py-2.5"
    >
      <div className="min-w-0 flex-1">
        <p className="font-medium">{symbol}</p>
        <p className="text-xs text-muted">
          <span data-testid={`position-qty-${symbol}`}>{formatQty(qty)}</span>
          {qty !== 0 && ` at ${formatPaise(position.average_paise)}`}
        </p>
      </div>
      <div className="text-right">
        <Money paise={pnl.total_paise} testId={`position-pnl-${symbol}`} />
        <p className="text-xs text-muted">{last > 0 ? formatPaise(last) : "-"}</p>
      </div>
      {qty !== 0 && (
        <Button size="sm" onClick={exit} data-testid={`position-exit-${symbol}`}>
          Exit
        </Button>
      )}
    </li>
  );
}

function PositionTable({ positions }: { positions: Position[] }) {
  return (
    <table className="w-full">
      <thead>
        <tr>
          <Th>Symbol</Th>
          <Th right>Qty</Th>
          <Th right>Average</Th>
          <Th right>Last</Th>
          <Th right>Realised</Th>
          <Th right>Unrealised</Th>
          <Th right>P&amp;L</Th>
          <Th>
            <span className="sr-only">Exit</span>
          </Th>
        </tr>
      </thead>
      <tbody>
        {positions.map((row) => (
          <Row key={row.token} position={row} />
        ))}
      </tbody>
    </table>
  );
}

export function PositionList() {
  const { data, isError, refetch } = usePositionsQuery();
  const desktop = useDesktop();
  if (!data) {
    return isError ? (
      <Failed what="Positions" retry={() => void refetch()} />
    ) : (
      <Loading what="positions" />
    );
  }
  if (data.length === 0) return <Empty title="No positions">What you trade appears here.</Empty>;
  return (
    <div data-testid="positions">
      <Totals positions={data} />
      {desktop ? (
        <PositionTable positions={data} />
      ) : (
        <ul>
          {data.map((row) => (
            <Card key={row.token} position={row} />
          ))}
        </ul>
      )}
    </div>
  );
}
