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
import { Stepper } from "./stepper";
import { useSubmit, type Submit } from "./use-submit";
import { checkTicket, type TicketCheck } from "./validate";

const SIDES = [
  { value: "BUY", label: "Buy", testId: "ticket-buy", on: "bg-buy text-on-side" },
  { value: "SELL", label: "Sell", testId: "ticket-sell", on: "bg-sell text-on-side" },
] as const;
const TYPES = [
  { value: "LIMIT", label: "Limit", testId: "ticket-type-limit" },
  { value: "MARKET", label: "Market", testId: "ticket-type-market" },
] as const;
const TIFS = [
  { value: "DAY", label: "Day", testId: "ticket-tif-day" },
  { value: "IOC", label: "IOC", testId: "ticket-tif-ioc" },
] as const;

/* Our own check first; where it is content, what the server said of that field.  An empty field is
 * not wrong before the client has tried to go on. */
function errorsOf(check: TicketCheck, submit: Submit, draft: Draft, tried: boolean) {
  const own = (text: string, error?: string) => (text !== "" || tried ? error : undefined);
  const refusal = submit.outcome?.kind === "refused" ? submit.outcome.error : undefined;
  const said = (field: string) => (refusal?.field === field ? refusal.text : undefined);
  const elsewhere = refusal && !["qty", "price_paise"].includes(refusal.field ?? "");
  return {
    qty: own(draft.qty_text, check.errors.qty) ?? said("qty"),
    price: own(draft.price_text, check.errors.price) ?? said("price_paise"),
    form: check.errors.form ?? (elsewhere ? refusal.text : undefined),
  };
}

interface FieldsProps {
  instrument: Instrument;
  draft: Draft;
  last_paise: number;
  errors: ReturnType<typeof errorsOf>;
  edit: (part: Partial<Draft>) => void;
}

function Numbers({ instrument, draft, last_paise, errors, edit }: FieldsProps) {
  const market = draft.type === "MARKET";
  const lot = instrument.lot_qty;
  const stepQty = (direction: 1 | -1) => {
    const next = Math.floor((parseQty(draft.qty_text) ?? 0) / lot) * lot + direction * lot;
    edit({ qty_text: String(Math.max(lot, next)) });
  };
  const stepPrice = (direction: 1 | -1) => {
    const from = parsePaise(draft.price_text) ?? last_paise;
    edit({ price_text: plainPaise(stepTick(from, direction, instrument)) });
  };
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
        onStep={stepPrice}
        error={errors.price}
        testId="ticket-price"
      />
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
      <div className="grid grid-cols-2 gap-2">
        <Segmented
          small
          label="Order type"
          value={draft.type}
          choices={TYPES}
          onChange={(type) => edit({ type })}
        />
        <Segmented
          small
          label="Validity"
          value={draft.tif}
          choices={TIFS}
          onChange={(tif) => edit({ tif })}
        />
      </div>
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
      <p className="flex justify-between text-muted">
        <span>{draft.type === "MARKET" ? "Order value, about" : "Order value"}</span>
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
