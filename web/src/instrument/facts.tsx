import type { Instrument } from "../api/types";
import { formatPaise, formatQty } from "../money/format";

/* What an order in this share must keep to today. */
export function Facts({ instrument }: { instrument: Instrument }) {
  const rows = [
    [
      "Band",
      `${formatPaise(instrument.band_lo_paise)} to ${formatPaise(instrument.band_hi_paise)}`,
    ],
    ["Tick", formatPaise(instrument.tick_paise)],
    ["Lot", formatQty(instrument.lot_qty)],
    ["Largest order", instrument.freeze_qty > 0 ? formatQty(instrument.freeze_qty) : "-"],
  ] as const;
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-xs">
      {rows.map(([name, text]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="text-right">{text}</dd>
        </div>
      ))}
    </dl>
  );
}
