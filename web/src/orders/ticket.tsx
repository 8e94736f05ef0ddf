import { useState } from "react";
import type { Instrument, NewOrder, Side } from "../api/types";
import { useConnection, usePricesStale } from "../app/connection";
import { useTick } from "../live/hooks";
import { formatPaise, parsePaise, parseQty, plainPaise } from "../money/format";
import { stepTick } from "../money/tick";
import { Button } from "../ui/button";
import { Segmented } from "../ui/segmented";
import { ConfirmPanel } from "./confirm";
import { orderOf, useDraft, type Draft } from "./draft";
import { More } from "./more";
import { Stepper } from "./stepper";
import { hasLimit, isStop } from "./terms";
import { useSubmit, type Submit } from "./use-submit";
import {
  checkTicket,
  stopHint,
  type TicketCheck,
  type TicketErrors,
  type TicketField,
} from "./validate";

const SIDES = [
  { value: "BUY", label: "Buy", testId: "ticket-buy", on: "bg-buy text-on-side" },
  { value: "SELL", label: "Sell", testId: "ticket-sell", on: "bg-sell text-on-side" },
] as const;
const TYPES = [
  { value: "LIMIT", label: "Limit", testId: "ticket-type-limit" },
  { value: "MARKET", label: "Market", testId: "ticket-type-market" },
  { value: "SL", label: "SL", testId: "ticket-type-sl" },
  { value: "SL-M", label: "SL-M", testId: "ticket-type-slm" },
] as const;

/* The API's name of each field that stands on the ticket. */
const FIELDS = {
  qty: "qty",
  price: "price_paise",
  trigger: "trigger_price_paise",
  disclosed: "disclosed_qty",
  expiry: "expiry",
} as const;

/* Our own check first; where it is content, what the server said of that field.  An empty field is
 * not wrong before the client has tried to go on. */
function errorsOf(
  { errors }: TicketCheck,
  submit: Submit,
  draft: Draft,
  tried: boolean,
): TicketErrors {
  const own = (text: string, error?: string) => (text !== "" || tried ? error : undefined);
  const refusal = submit.outcome?.kind === "refused" ? submit.outcome.error : undefined;
  const said = (field: string) => (refusal?.field === field ? refusal.text : undefined);
  const here: string[] = Object.values(FIELDS);
  const elsewhere = refusal && !here.includes(refusal.field ?? "");
  const found: Partial<Record<TicketField, string | undefined>> = {
    qty: own(draft.qty_text, errors.qty) ?? said(FIELDS.qty),
    price: own(draft.price_text, errors.price) ?? said(FIELDS.price),
    trigger: own(draft.trigger_text, errors.trigger) ?? said(FIELDS.trigger),
    disclosed: own(draft.disclosed_text, errors.disclosed) ?? said(FIELDS.disclosed),
    expiry: own(draft.expiry, errors.expiry) ?? said(FIELDS.expiry),
    form: errors.form ?? (elsewhere ? refusal.text : undefined),
  };
  return found as TicketErrors;
}

interface FieldsProps {
  instrument: Instrument;
  draft: Draft;
  last_paise: number;
  errors: TicketErrors;
  edit: (part: Partial<Draft>) => void;
}

function Numbers({ instrument, draft, last_paise, errors, edit }: FieldsProps) {
  const market = !hasLimit(draft.type);
  const lot = instrument.lot_qty;
  const stepQty = (direction: 1 | -1) => {
    const next = Math.floor((parseQty(draft.qty_text) ?? 0) / lot) * lot + direction * lot;
    edit({ qty_text: String(Math.max(lot, next)) });
  };
  const stepped = (text: string, direction: 1 | -1) =>
    plainPaise(stepTick(parsePaise(text) ?? last_paise, direction, instrument));
  return (
    <div className="grid grid-cols-2 items-start gap-2">
      <Stepper
        label={lot > 1 ? `Quantity (lot ${lot})` : "Quantity"}
        value={draft.qty_text}
        onChange={(qty_text) => edit({ qty_text })}
        onStep={stepQty}
        error={errors.qty}
        testId="ticket-qty"
      />
      <Stepper
        decimal
        label="Price"
        value={market ? "" : draft.price_text}
        placeholder={market ? "Market" : ""}
        disabled={market}
        onChange={(price_text) => edit({ price_text })}
        onStep={(way) => edit({ price_text: stepped(draft.price_text, way) })}
        error={errors.price}
        testId="ticket-price"
      />
      {isStop(draft.type) && (
        <Stepper
          decimal
          className="col-span-2"
          label="Trigger price"
          value={draft.trigger_text}
          hint={stopHint(draft.side, parsePaise(draft.trigger_text) ?? 0, last_paise)}
          onChange={(trigger_text) => edit({ trigger_text })}
          onStep={(way) => edit({ trigger_text: stepped(draft.trigger_text, way) })}
          error={errors.trigger}
          testId="ticket-trigger"
        />
      )}
    </div>
  );
}

function Choices({ draft, edit }: Pick<FieldsProps, "draft" | "edit">) {
  return (
    <>
      <Segmented
        label="Side"
        value={draft.side}
        choices={SIDES}
        onChange={(side) => edit({ side })}
      />
      <Segmented
        small
        label="Order type"
        value={draft.type}
        choices={TYPES}
        onChange={(type) => edit({ type })}
      />
    </>
  );
}

interface Props {
  instrument: Instrument;
  side?: Side;
  onDone?: () => void;
}

export function Ticket({ instrument, side = "BUY", onDone }: Props) {
  const last = useTick(instrument.token)?.last_paise ?? 0;
  const stale = usePricesStale();
  const offline = useConnection() === "offline";
  const { draft, change } = useDraft(instrument, last, side);
  const [tried, setTried] = useState(false);
  const [order, setOrder] = useState<NewOrder | null>(null);
  const submit = useSubmit(() => onDone?.());
  if (order && submit.phase !== "edit") {
    return <ConfirmPanel {...{ order, submit, stale, offline }} last_paise={last} />;
  }

  const check = checkTicket(draft, instrument, last);
  const errors = errorsOf(check, submit, draft, tried);
  const buy = draft.side === "BUY";
  const edit = (part: Partial<Draft>) => {
    change(part);
    if (submit.outcome) submit.forget();
  };
  const review = () => {
    setTried(true);
    if (Object.keys(check.errors).length > 0) return;
    setOrder(orderOf(draft, check, instrument));
    submit.setPhase("confirm");
  };
  return (
    <form
      aria-label={`Order for ${instrument.symbol}`}
      data-testid="ticket"
      data-phase="edit"
      className="flex flex-col gap-3"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        review();
      }}
    >
      <Choices draft={draft} edit={edit} />
      <Numbers {...{ instrument, draft, errors, edit }} last_paise={last} />
      <More {...{ instrument, draft, errors, edit }} />
      <p className="flex justify-between text-muted">
        <span>{hasLimit(draft.type) ? "Order value" : "Order value, about"}</span>
        <span className="text-text" data-testid="ticket-value">
          {check.value_paise > 0 ? `\u20b9${formatPaise(check.value_paise)}` : "-"}
        </span>
      </p>
      {errors.form && (
        <p role="alert" data-testid="ticket-error" className="text-down">
          {errors.form}
        </p>
      )}
      <Button
        type="submit"
        size="lg"
        look={buy ? "buy" : "sell"}
        disabled={offline}
        data-testid="ticket-submit"
      >
        {offline ? "Offline" : `${buy ? "Buy" : "Sell"} ${instrument.symbol}`}
      </Button>
    </form>
  );
}
