/* One order on its way: what the ticket shows while it is sent and afterwards. */
import { useRef, useState } from "react";
import type { NewOrder, Order } from "../api/types";
import { useAppDispatch } from "../app/store";
import { toastShown } from "../app/ui-state";
import { formatPaise, formatQty } from "../money/format";
import { httpSteps, submitOrder, type Outcome } from "./submit";

export type Phase = "edit" | "confirm" | "sending" | "unknown";

const FILLED: Record<Order["state"], string> = {
  open: "Order is open",
  trigger_pending: "Order waits for its trigger",
  filled: "Order filled",
  cancelled: "Order ended",
  rejected: "Order rejected",
};

/* "Bought 10 of 10 INFY at 1,121.00", "BUY 10 INFY, waiting for a match". */
export function describeOrder(order: Order): string {
  const what = `${order.side} ${formatQty(order.qty)} ${order.symbol}`;
  if (order.filled_qty > 0) {
    const at = `${formatQty(order.filled_qty)} traded at ${formatPaise(order.average_paise)}`;
    return order.reason_text ? `${what}: ${at}; ${order.reason_text}` : `${what}: ${at}`;
  }
  if (order.reason_text) return `${what}: ${order.reason_text}`;
  if (order.state === "trigger_pending") {
    return `${what}, sent on when the price reaches ${formatPaise(order.trigger_price_paise)}`;
  }
  return `${what}, waiting for a match`;
}

export function useSubmit(onAccepted: () => void) {
  const dispatch = useAppDispatch();
  const [phase, setPhase] = useState<Phase>("edit");
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  /* A state would be set too late for the second of two quick clicks. */
  const busy = useRef(false);
  const sent = useRef<NewOrder | null>(null);

  const settle = (result: Outcome): void => {
    setOutcome(result);
    setPhase(result.kind === "unknown" ? "unknown" : "edit");
    if (result.kind === "unknown") {
      const text = "No answer yet. Look at Orders before you send another one.";
      dispatch(toastShown({ kind: "bad", title: "Outcome not known", text }));
      return;
    }
    sent.current = null;
    if (result.kind === "refused") {
      const { text } = result.error;
      dispatch(toastShown({ kind: "bad", title: "Order refused", text }));
      return;
    }
    const { order } = result;
    const kind = order.state === "rejected" ? "bad" : order.state === "cancelled" ? "note" : "good";
    dispatch(toastShown({ kind, title: FILLED[order.state], text: describeOrder(order) }));
    if (order.state !== "rejected") onAccepted();
  };

  const send = async (order: NewOrder): Promise<void> => {
    if (busy.current) return;
    busy.current = true;
    sent.current = order;
    setOutcome(null);
    setPhase("sending");
    try {
      settle(await submitOrder(httpSteps(dispatch), order));
    } finally {
      busy.current = false;
    }
  };

  return {
    phase,
    outcome,
    setPhase,
    send,
    /* The same order again, under the same id: the engine takes it at most once. */
    resend: () => (sent.current ? send(sent.current) : Promise.resolve()),
    forget: () => {
      sent.current = null;
      setOutcome(null);
      setPhase("edit");
    },
  };
}

export type Submit = ReturnType<typeof useSubmit>;
