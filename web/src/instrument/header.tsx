import clsx from "clsx";
import type { Instrument } from "../api/types";
import { usePricesStale } from "../app/connection";
import { useFlash, useTick } from "../live/hooks";
import { formatPaise, formatVolume } from "../money/format";
import { Badge, Change } from "../ui/parts";
import { PhaseBadge } from "./phase-badge";

/* Depth and volume come from the same tick: this component only reads; the ladder asks for it. */
export function Header({ instrument }: { instrument: Instrument }) {
  const tick = useTick(instrument.token);
  const flash = useFlash(tick);
  const stale = usePricesStale() || (tick?.stale ?? false);
  const last = tick?.last_paise ?? 0;
  const close = tick?.prev_close_paise || instrument.prev_close_paise;
  const figures = [
    ["Open", tick?.open_paise ?? 0],
    ["High", tick?.high_paise ?? 0],
    ["Low", tick?.low_paise ?? 0],
    ["Prev", close],
  ] as const;
  return (
    <div className="border-b border-line px-3 py-2 lg:flex lg:items-center lg:gap-5">
      <div className="flex flex-wrap items-baseline gap-x-3 lg:items-center">
        <h1 className="flex items-center gap-2 text-lg font-semibold">
          {instrument.symbol}
          {instrument.state !== "open" && <PhaseBadge state={instrument.state} />}
          {stale && last > 0 && <Badge tone="warn">stale</Badge>}
        </h1>
        <span
          data-testid="instrument-price"
          className={clsx("ml-auto rounded px-1 text-lg font-semibold lg:ml-0", flash)}
        >
          {last > 0 ? formatPaise(last) : "-"}
        </span>
        <Change last_paise={last} prev_close_paise={close} />
      </div>
      <dl className="mt-1 flex flex-wrap gap-x-3 text-xs lg:mt-0 lg:ml-auto">
        {figures.map(([name, paise]) => (
          <div key={name} className="flex gap-1">
            <dt className="text-muted">{name}</dt>
            <dd>{paise > 0 ? formatPaise(paise) : "-"}</dd>
          </div>
        ))}
        <div className="flex gap-1">
          <dt className="text-muted">Vol</dt>
          <dd>{tick ? formatVolume(tick.volume_qty) : "-"}</dd>
        </div>
      </dl>
    </div>
  );
}
