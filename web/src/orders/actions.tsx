/* Modify and cancel of one open order.  Until the engine has answered, the order is still shown as
 * it was: a cancel that is only asked for is not a cancel. */
import { useRef, useState } from "react";
import { useCancelOrderMutation, useModifyOrderMutation } from "../api/api";
import { apiError, outcomeUnknown } from "../api/errors";
import type { ApiError, Instrument, Order } from "../api/types";
import { useUniverse } from "../app/market";
import { useAppDispatch } from "../app/store";
import { toastShown, type ToastKind } from "../app/ui-state";
import { formatPaise, formatQty, parsePaise, parseQty, plainPaise } from "../money/format";
import { stepTick } from "../money/tick";
import { Button } from "../ui/button";
import { Sheet } from "../ui/sheet";
import { Stepper } from "./stepper";
import { checkPrice, checkQty } from "./validate";

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

function Modify({ order, instrument, onClose }: ModifyProps) {
  const say = useSay();
  const [modify] = useModifyOrderMutation();
  const [qty, setQty] = useState(String(order.qty));
  const [price, setPrice] = useState(plainPaise(order.price_paise));
  const [sending, setSending] = useState(false);
  const busy = useRef(false);
  const badQty = checkModifyQty(qty, order, instrument);
  const badPrice = checkPrice(price, instrument) ?? undefined;
  const same = parseQty(qty) === order.qty && parsePaise(price) === order.price_paise;

  const send = async () => {
    if (busy.current || badQty || badPrice || same) return;
    busy.current = true;
    setSending(true);
    try {
      const change = { qty: parseQty(qty) ?? 0, price_paise: parsePaise(price) ?? 0 };
      const next = await modify({ id: order.order_id, ...change }).unwrap();
      say("good", "Order changed", `${describe(next)} at ${formatPaise(next.price_paise)}`);
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
        <div className="grid grid-cols-2 items-start gap-2">
          <Stepper
            label="Quantity"
            value={qty}
            error={badQty}
            onChange={setQty}
            onStep={(way) =>
              setQty(
                String(
                  Math.max(instrument.lot_qty, (parseQty(qty) ?? 0) + way * instrument.lot_qty),
                ),
              )
            }
            testId="modify-qty"
          />
          <Stepper
            decimal
            label="Price"
            value={price}
            error={badPrice}
            onChange={setPrice}
            onStep={(way) =>
              setPrice(
                plainPaise(stepTick(parsePaise(price) ?? order.price_paise, way, instrument)),
              )
            }
            testId="modify-price"
          />
        </div>
        <p className="text-xs text-muted">
          A new price or a larger quantity goes to the end of the queue at its price.
        </p>
        <Button
          type="submit"
          size="lg"
          look="primary"
          disabled={sending || same || Boolean(badQty) || Boolean(badPrice)}
          data-testid="modify-submit"
        >
          {sending ? "Sending" : "Change order"}
        </Button>
      </form>
    </Sheet>
  );
}

export function OrderActions({ order }: { order: Order }) {
  const say = useSay();
  const { bySymbol } = useUniverse();
  const [modifying, setModifying] = useState(false);
  const [cancel, { isLoading }] = useCancelOrderMutation();
  const busy = useRef(false);
  const instrument = bySymbol.get(order.symbol);
  if (order.state !== "open") return null;

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
      {order.type === "LIMIT" && instrument && (
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
