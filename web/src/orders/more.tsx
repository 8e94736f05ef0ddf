/* What most orders leave as it is: how long it is good, how much of it is shown. */
import clsx from "clsx";
import { useId, useState } from "react";
import type { Instrument } from "../api/types";
import { parseQty } from "../money/format";
import { Field } from "../ui/field";
import { Icon } from "../ui/icons";
import { Segmented } from "../ui/segmented";
import { formatDay, today } from "../ui/time";
import type { Draft } from "./draft";
import { Stepper } from "./stepper";
import type { TicketErrors } from "./validate";

const TIFS = [
  { value: "DAY", label: "Day", testId: "ticket-tif-day" },
  { value: "IOC", label: "IOC", testId: "ticket-tif-ioc" },
  { value: "GTD", label: "Till date", testId: "ticket-tif-gtd" },
  { value: "GTC", label: "GTC", testId: "ticket-tif-gtc" },
] as const;

export const TIF_WORD: Record<Draft["tif"], string> = {
  DAY: "Good for the day",
  IOC: "At once or not at all",
  GTD: "Good till a date",
  GTC: "Good till cancelled",
};

interface Props {
  instrument: Instrument;
  draft: Draft;
  errors: TicketErrors;
  edit: (part: Partial<Draft>) => void;
}

/* On the folded line: what is chosen inside, so that nothing is hidden. */
function summaryOf({ tif, expiry, disclosed_text }: Draft): string {
  const until = tif === "GTD" && expiry ? `Good till ${formatDay(expiry)}` : TIF_WORD[tif];
  return disclosed_text.trim() === "" ? until : `${until}, shows ${disclosed_text.trim()}`;
}

/* What is chosen in here stays for the next order: it must not be overlooked when folded. */
function isUsual({ tif, disclosed_text }: Draft): boolean {
  return tif === "DAY" && disclosed_text.trim() === "";
}

function Inside({ instrument, draft, errors, edit }: Props) {
  const lot = instrument.lot_qty;
  const stepShown = (direction: 1 | -1) => {
    const next = (parseQty(draft.disclosed_text) ?? 0) + direction * lot;
    edit({ disclosed_text: next > 0 ? String(next) : "" });
  };
  return (
    <div className="flex flex-col gap-3 pt-1">
      <Segmented
        small
        label="Validity"
        value={draft.tif}
        choices={TIFS}
        onChange={(tif) => edit({ tif })}
      />
      {draft.tif === "GTD" && (
        <Field
          type="date"
          label="Last day"
          value={draft.expiry}
          min={today()}
          error={errors.expiry}
          onChange={(event) => edit({ expiry: event.target.value })}
          data-testid="ticket-expiry"
        />
      )}
      <Stepper
        label="Disclosed quantity"
        value={draft.disclosed_text}
        placeholder="All"
        hint="Others see this much at a time"
        error={errors.disclosed}
        onChange={(disclosed_text) => edit({ disclosed_text })}
        onStep={stepShown}
        testId="ticket-disclosed"
      />
    </div>
  );
}

export function More(props: Props) {
  const [open, setOpen] = useState(false);
  const id = useId();
  /* A field that is wrong is never folded away. */
  const shown = open || Boolean(props.errors.disclosed ?? props.errors.expiry);
  return (
    <div>
      <button
        type="button"
        aria-expanded={shown}
        aria-controls={id}
        onClick={() => setOpen(!shown)}
        className="flex h-8 w-full items-center gap-1 text-muted hover:text-text"
        data-testid="ticket-more"
      >
        <Icon name={shown ? "up" : "down"} size={14} />
        {shown ? "Less" : "More"}
        <span className={clsx("ml-auto truncate text-xs", !isUsual(props.draft) && "text-warn")}>
          {summaryOf(props.draft)}
        </span>
      </button>
      <div id={id} hidden={!shown}>
        {shown && <Inside {...props} />}
      </div>
    </div>
  );
}
