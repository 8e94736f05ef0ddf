import type { Order } from "../api/types";
import { formatQty } from "../money/format";
import { Badge } from "../ui/parts";

const TONE = {
  open: "warn",
  trigger_pending: "plain",
  filled: "good",
  cancelled: "plain",
  rejected: "bad",
} as const;

/* A part that traded before the rest was cancelled is never hidden behind the word "cancelled". */
export function stateWord(order: Order): string {
  if (order.state === "trigger_pending") return "trigger pending";
  if (order.filled_qty === 0 || order.state === "filled") return order.state;
  return order.state === "open" ? "part filled" : `part filled, ${order.state}`;
}

export function OrderStateBadge({ order }: { order: Order }) {
  return (
    <span data-testid={`order-state-${order.order_id}`} data-state={order.state}>
      <Badge tone={TONE[order.state]}>{stateWord(order)}</Badge>
    </span>
  );
}

export function SideMark({ side }: { side: Order["side"] }) {
  return (
    <span
      className={
        "inline-block rounded px-1.5 py-px text-[11px] font-semibold text-on-side " +
        (side === "BUY" ? "bg-buy" : "bg-sell")
      }
    >
      {side}
    </span>
  );
}

export function filledWord(order: Order): string {
  return `${formatQty(order.filled_qty)} / ${formatQty(order.qty)}`;
}
