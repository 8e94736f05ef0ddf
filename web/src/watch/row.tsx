import clsx from "clsx";
import { memo, useRef } from "react";
import { Link } from "react-router";
import type { Instrument } from "../api/types";
import { useFlash, useTick, useVisible, useWant } from "../live/hooks";
import { formatPaise } from "../money/format";
import { Button } from "../ui/button";
import { Icon } from "../ui/icons";
import { PhaseBadge } from "../instrument/phase-badge";
import { Badge, Change } from "../ui/parts";

interface Props {
  symbol: string;
  instrument: Instrument | undefined;
  chosen: boolean;
  stale: boolean;
  onRemove: ((symbol: string) => void) | undefined;
}

export const WatchRow = memo(function WatchRow(props: Props) {
  const { symbol, instrument, chosen, stale, onRemove } = props;
  const ref = useRef<HTMLLIElement>(null);
  const token = instrument?.token;
  useWant(token, "quote", useVisible(ref));
  const tick = useTick(token);
  const flash = useFlash(tick);
  const last = tick?.last_paise ?? 0;
  const close = tick?.prev_close_paise || (instrument?.prev_close_paise ?? 0);
  return (
    <li
      ref={ref}
      data-testid={`watch-row-${symbol}`}
      className={clsx("flex items-center border-b border-line", chosen && "bg-raised")}
    >
      <Link
        to={`/i/${encodeURIComponent(symbol)}`}
        aria-current={chosen ? "page" : undefined}
        className="flex min-w-0 flex-1 items-center gap-2 px-3 py-2 hover:bg-raised lg:py-1.5"
      >
        <span className="min-w-0 flex-1">
          <span className="block truncate font-medium">{symbol}</span>
          <span className="flex gap-1 text-xs text-muted">
            NSE
            {instrument && instrument.state !== "open" && <PhaseBadge state={instrument.state} />}
            {(stale || tick?.stale) && last > 0 && <Badge tone="warn">stale</Badge>}
          </span>
        </span>
        <span className="text-right">
          <span
            data-testid={`watch-price-${symbol}`}
            className={clsx("block rounded px-1 font-medium", flash)}
          >
            {last > 0 ? formatPaise(last) : "-"}
          </span>
          <span className="block px-1 text-xs">
            <Change last_paise={last} prev_close_paise={close} />
          </span>
        </span>
      </Link>
      {onRemove && (
        <Button
          look="bare"
          aria-label={`Remove ${symbol}`}
          data-testid={`watch-remove-${symbol}`}
          onClick={() => onRemove(symbol)}
        >
          <Icon name="close" />
        </Button>
      )}
    </li>
  );
});
