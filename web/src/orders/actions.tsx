/* Modify and cancel of one open order.  Until the engine has answered, the order is still shown as
 * it was: a cancel that is only asked for is not a cancel. */
import { useRef, useState } from "react";
import { useCancelOrderMutation, useModifyOrderMutation } from "../api/api";
import { apiError, outcomeUnknown } from "../api/errors";
import type { ApiError, Instrument, Order, OrderChange } from "../api/types";
import { useUniverse } from "../app/market";
import { useAppDispatch } from "../app/store";
import { toastShown, type ToastKind } from "../app/ui-state";
import { formatQty, parsePaise, parseQty, plainPaise } from "../money/format";
import { stepTick } from "../money/tick";
import { Button } from "../ui/button";
import { Sheet } from "../ui/sheet";
import { Stepper } from "./stepper";
import { hasLimit, isOpen, priceWord } from "./terms";
import { checkPrice, checkQty, checkStop } from "./validate";

function useSay() {
  const dispatch = useAppDispatch();
  return (kind: ToastKind, title: string, text: string) =>
    void dispatch(toastShown({ kind, title, text }));
}

/* Silence is not a no: the list shows what became of it. */
function troubleOf(title: string, error: ApiError): [title: string, text: string] {
  if (!outcomeUnknown(error)) return [title, error.text];
  return ["No answer yet", "The list shows the order as the exchange last reported it."];
}

function describe(order: Order): string {
  return `${order.side} ${formatQty(order.qty)} ${order.symbol}`;
}

interface ModifyProps {
  order: Order;
  instrument: Instrument;
  onClose: () => void;
}

/* Under the quantity that has traded there is nothing left to reduce. */
function checkModifyQty(text: string, order: Order, instrument: Instrument): string | undefined {
  const bad = checkQty(text, instrument);
  if (bad) return bad;
  if ((parseQty(text) ?? 0) > order.filled_qty) return undefined;
  return `More than the ${formatQty(order.filled_qty)} already traded`;
}

/* What is written on the sheet, what of it is wrong, and what of it is new. */
function useTerms(order: Order, instrument: Instrument) {
  const [qty, setQty] = useState(String(order.qty));
  const [price, setPrice] = useState(plainPaise(order.price_paise));
  const [trigger, setTrigger] = useState(plainPaise(order.trigger_price_paise));
  const limit = hasLimit(order.type);
  const waits = order.state === "trigger_pending";
  const [price_paise, trigger_paise] = [parsePaise(price) ?? 0, parsePaise(trigger) ?? 0];
  const badTrigger = waits ? checkPrice(trigger, instrument) : null;
  const both = limit && waits && !badTrigger;
  const badPrice =
    (limit ? checkPrice(price, instrument) : null) ??
    (both ? checkStop(order.side, price_paise, trigger_paise) : null);
  const change: OrderChange = {
    ...(parseQty(qty) === order.qty ? {} : { qty: parseQty(qty) ?? 0 }),
    ...(!limit || price_paise === order.price_paise ? {} : { price_paise }),
    ...(!waits || trigger_paise === order.trigger_price_paise
      ? {}
      : { trigger_price_paise: trigger_paise }),
  };
  const bad = {
    qty: checkModifyQty(qty, order, instrument),
    price: badPrice ?? undefined,
    trigger: badTrigger ?? undefined,
  };
  return {
    ...{ qty, setQty, price, setPrice, trigger, setTrigger, limit, waits, change, bad },
    same: Object.keys(change).length === 0,
    wrong: Boolean(bad.qty ?? bad.price ?? bad.trigger),
  };
}

interface TermsProps {
  order: Order;
  instrument: Instrument;
  terms: ReturnType<typeof useTerms>;
}

function TermsFields({ order, instrument, terms }: TermsProps) {
  const { qty, bad } = terms;
  const lot = instrument.lot_qty;
  const stepped = (text: string, way: 1 | -1) =>
    plainPaise(stepTick(parsePaise(text) ?? order.price_paise, way, instrument));
  return (
    <div className="grid grid-cols-2 items-start gap-2">
      <Stepper
        label="Quantity"
        value={qty}
        error={bad.qty}
        onChange={terms.setQty}
        onStep={(way) => terms.setQty(String(Math.max(lot, (parseQty(qty) ?? 0) + way * lot)))}
        testId="modify-qty"
      />
      {terms.limit && (
        <Stepper
          decimal
          label="Price"
          value={terms.price}
          error={bad.price}
          onChange={terms.setPrice}
          onStep={(way) => terms.setPrice(stepped(terms.price, way))}
          testId="modify-price"
        />
      )}
      {terms.waits && (
        <Stepper
          decimal
          label="Trigger price"
          value={terms.trigger}
          error={bad.trigger}
          onChange={terms.setTrigger}
          onStep={(way) => terms.setTrigger(stepped(terms.trigger, way))}
          testId="modify-trigger"
        />
      )}
    </div>
  );
}

function Modify({ order, instrument, onClose }: ModifyProps) {
  const say = useSay();
  const [modify] = useModifyOrderMutation();
  const terms = useTerms(order, instrument);
  const [sending, setSending] = useState(false);
  const busy = useRef(false);

  const send = async () => {
    if (busy.current || terms.wrong || terms.same) return;
    busy.current = true;
    setSending(true);
    try {
      const next = await modify({ id: order.order_id, ...terms.change }).unwrap();
      say("good", "Order changed", `${describe(next)} at ${priceWord(next)}`);
      onClose();
    } catch (cause) {
      say("bad", ...troubleOf("Not changed", apiError(cause)));
    } finally {
      busy.current = false;
      setSending(false);
    }
  };

  return (
    <Sheet title={`Modify ${describe(order)}`} onClose={onClose}>
      <form
        noValidate
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <TermsFields {...{ order, instrument, terms }} />
        <p className="text-xs text-muted">
          A new price or a larger quantity goes to the end of the queue at its price.
        </p>
        <Button
          type="submit"
          size="lg"
          look="primary"
          disabled={sending || terms.same || terms.wrong}
          data-testid="modify-submit"
        >
          {sending ? "Sending" : "Change order"}
        </Button>
      </form>
    </Sheet>
  );
}

/* A market order has no price to change while it rests nowhere. */
function canModify({ type, state }: Order): boolean {
  return hasLimit(type) || (type === "SL-M" && state === "trigger_pending");
}

export function OrderActions({ order }: { order: Order }) {
  const say = useSay();
  const { bySymbol } = useUniverse();
  const [modifying, setModifying] = useState(false);
  const [cancel, { isLoading }] = useCancelOrderMutation();
  const busy = useRef(false);
  const instrument = bySymbol.get(order.symbol);
  if (!isOpen(order)) return null;

  const onCancel = async () => {
    if (busy.current) return;
    busy.current = true;
    try {
      const next = await cancel(order.order_id).unwrap();
      if (next.state === "cancelled") say("note", "Order cancelled", describe(next));
      else say("note", `Order is ${next.state}`, describe(next));
    } catch (cause) {
      say("bad", ...troubleOf("Not cancelled", apiError(cause)));
    } finally {
      busy.current = false;
    }
  };
  return (
    <span className="flex gap-1.5">
      {canModify(order) && instrument && (
        <Button
          size="sm"
          onClick={() => setModifying(true)}
          data-testid={`order-modify-${order.order_id}`}
        >
          Modify
        </Button>
      )}
      <Button
        size="sm"
        disabled={isLoading}
        onClick={() => void onCancel()}
        data-testid={`order-cancel-${order.order_id}`}
      >
        {isLoading ? "Cancelling" : "Cancel"}
      </Button>
      {modifying && instrument && (
        <Modify order={order} instrument={instrument} onClose={() => setModifying(false)} />
      )}
    </span>
  );
}
