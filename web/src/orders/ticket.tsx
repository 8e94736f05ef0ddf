import { useEffect, useState } from "react";
import type { Instrument, NewOrder, OrderType, Side, Tif } from "../api/types";
import { useConnection, usePricesStale } from "../app/connection";
import { useAppDispatch, useAppSelector } from "../app/store";
import { ticketFillTaken } from "../app/ui-state";
import { useTick } from "../live/hooks";
import { formatPaise, formatQty, parsePaise, parseQty, plainPaise } from "../money/format";
import { snapToTick, stepTick } from "../money/tick";
import { Button } from "../ui/button";
import { Segmented } from "../ui/segmented";
import { SideMark } from "./state";
import { Stepper } from "./stepper";
import { useSubmit } from "./use-submit";
import { checkTicket, newClientOrderId, type TicketCheck } from "./validate";

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

const VALID: Record<Tif, string> = {
  DAY: "until the end of the day",
  IOC: "at once; the rest is cancelled",
};

interface Draft {
  side: Side;
  type: OrderType;
  tif: Tif;
  qty_text: string;
  price_text: string;
}

function useDraft(instrument: Instrument, lastPaise: number, side: Side) {
  const dispatch = useAppDispatch();
  const fill = useAppSelector((state) => state.ui.fill);
  const [draft, setDraft] = useState<Draft>({
    side,
    type: "LIMIT",
    tif: "DAY",
    qty_text: String(instrument.lot_qty),
    price_text: "",
  });
  const change = (part: Partial<Draft>) => setDraft((held) => ({ ...held, ...part }));

  /* The first price that is known goes into an empty field, once; after that the field is the client's. */
  const [priced, setPriced] = useState(false);
  useEffect(() => {
    if (priced || lastPaise <= 0) return;
    setPriced(true);
    setDraft((held) =>
      held.price_text === ""
        ? { ...held, price_text: plainPaise(snapToTick(lastPaise, instrument)) }
        : held,
    );
  }, [priced, lastPaise, instrument]);

  useEffect(() => {
    if (fill?.symbol !== instrument.symbol) return;
    dispatch(ticketFillTaken());
    setDraft((held) => ({
      ...held,
      side: fill.side ?? held.side,
      qty_text: fill.qty === undefined ? held.qty_text : String(fill.qty),
      ...(fill.price_paise === undefined
        ? {}
        : { type: "LIMIT" as const, price_text: plainPaise(fill.price_paise) }),
    }));
  }, [dispatch, fill, instrument.symbol]);
  return { draft, change };
}

function orderOf(draft: Draft, check: TicketCheck, instrument: Instrument): NewOrder {
  const { side, type, tif } = draft;
  const { symbol } = instrument;
  const base = { symbol, side, type, tif, qty: check.qty, client_order_id: newClientOrderId() };
  return type === "LIMIT" ? { ...base, price_paise: check.price_paise } : base;
}

function Summary({ order, value_paise, stale }: { order: NewOrder; value_paise: number; stale: boolean }) {
  const rows = [
    ["Price", order.price_paise === undefined ? "Market" : formatPaise(order.price_paise)],
    ["Valid", VALID[order.type === "MARKET" ? "IOC" : order.tif]],
    [order.type === "MARKET" ? "Value, about" : "Value", value_paise > 0 ? `\u20b9${formatPaise(value_paise)}` : "-"],
  ] as const;
  return (
    <div className="rounded-md border border-line bg-bg p-3">
      <p className="mb-2 flex items-center gap-2 font-semibold">
        <SideMark side={order.side} /> {formatQty(order.qty)} {order.symbol}
      </p>
      <dl className="space-y-1">
        {rows.map(([name, text]) => (
          <div key={name} className="flex justify-between gap-3">
            <dt className="text-muted">{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      {stale && <p className="mt-2 text-warn">Prices on this screen may be old.</p>}
    </div>
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
  const [touched, setTouched] = useState(false);
  const [order, setOrder] = useState<NewOrder | null>(null);
  const submit = useSubmit(() => onDone?.());
  const check = checkTicket(draft, instrument, last);
  const errors = touched || draft.qty_text !== "" ? check.errors : {};
  const serverField = submit.outcome?.kind === "refused" ? submit.outcome.error : undefined;
  const market = draft.type === "MARKET";

  const edit = (part: Partial<Draft>) => {
    change(part);
    if (submit.outcome) submit.forget();
  };
  const review = () => {
    setTouched(true);
    if (Object.keys(check.errors).length > 0) return;
    setOrder(orderOf(draft, check, instrument));
    submit.setPhase("confirm");
  };
  const stepQty = (direction: 1 | -1) => {
    const lot = instrument.lot_qty;
    const next = Math.floor((parseQty(draft.qty_text) ?? 0) / lot) * lot + direction * lot;
    edit({ qty_text: String(Math.max(lot, next)) });
  };
  const stepPrice = (direction: 1 | -1) => {
    const from = parsePaise(draft.price_text) ?? last;
    edit({ price_text: plainPaise(stepTick(from, direction, instrument)) });
  };

  if (order && submit.phase !== "edit") {
    return (
      <section aria-label="Confirm the order" data-testid="ticket" data-phase={submit.phase}>
        <Summary order={order} value_paise={check.value_paise} stale={stale} />
        {submit.phase === "unknown" ? (
          <div className="mt-3 space-y-2" role="alert">
            <p>
              Bijli has not said whether this order arrived. Look at Orders first. Sending it again
              uses the same id, so it cannot be taken twice while it is open.
            </p>
            <div className="flex gap-2">
              <Button className="flex-1" onClick={submit.forget} data-testid="ticket-forget">
                Leave it
              </Button>
              <Button
                className="flex-1"
                look="primary"
                onClick={() => void submit.resend()}
                data-testid="ticket-resend"
              >
                Send the same again
              </Button>
            </div>
          </div>
        ) : (
          <div className="mt-3 flex gap-2">
            <Button
              size="lg"
              onClick={() => submit.setPhase("edit")}
              disabled={submit.phase === "sending"}
              data-testid="ticket-back"
            >
              Back
            </Button>
            <Button
              size="lg"
              autoFocus
              className="flex-1"
              look={order.side === "BUY" ? "buy" : "sell"}
              disabled={submit.phase === "sending" || offline}
              onClick={() => void submit.send(order)}
              data-testid="ticket-confirm"
            >
              {submit.phase === "sending" ? "Sending" : `Confirm ${order.side === "BUY" ? "buy" : "sell"}`}
            </Button>
          </div>
        )}
      </section>
    );
  }

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
      <Segmented label="Side" value={draft.side} choices={SIDES} onChange={(value) => edit({ side: value })} />
      <div className="grid grid-cols-2 gap-2">
        <Segmented small label="Order type" value={draft.type} choices={TYPES} onChange={(value) => edit({ type: value })} />
        <Segmented small label="Validity" value={draft.tif} choices={TIFS} onChange={(value) => edit({ tif: value })} />
      </div>
      <div className="grid grid-cols-2 items-start gap-2">
        <Stepper
          label={instrument.lot_qty > 1 ? `Quantity (lot ${instrument.lot_qty})` : "Quantity"}
          value={draft.qty_text}
          onChange={(qty_text) => edit({ qty_text })}
          onStep={stepQty}
          error={errors.qty ?? (serverField?.field === "qty" ? serverField.text : undefined)}
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
          error={errors.price ?? (serverField?.field === "price_paise" ? serverField.text : undefined)}
          testId="ticket-price"
        />
      </div>
      <p className="flex justify-between text-muted">
        <span>{market ? "Order value, about" : "Order value"}</span>
        <span className="text-text" data-testid="ticket-value">
          {check.value_paise > 0 ? `\u20b9${formatPaise(check.value_paise)}` : "-"}
        </span>
      </p>
      {(errors.form || (serverField && !serverField.field)) && (
        <p role="alert" data-testid="ticket-error" className="text-down">
          {errors.form ?? serverField?.text}
        </p>
      )}
      <Button
        type="submit"
        size="lg"
        look={draft.side === "BUY" ? "buy" : "sell"}
        disabled={offline}
        data-testid="ticket-submit"
      >
        {offline ? "Offline" : `${draft.side === "BUY" ? "Buy" : "Sell"} ${instrument.symbol}`}
      </Button>
    </form>
  );
}
