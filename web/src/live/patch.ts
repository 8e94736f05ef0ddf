/* Laying what the order stream says over lists that HTTP fetched.  The same order may be reported
 * by both ways in any order, so a row only ever moves forward: an older report never overwrites a
 * newer one, and an order that has ended is never shown open again. */
import type { Order, Trade } from "../api/types";

/* A stop waits, then it is open, then it has ended. */
function rank(order: Order): number {
  if (order.state === "trigger_pending") return 0;
  return order.state === "open" ? 1 : 2;
}

/* True when `next` tells more than `held`.  RFC 3339 UTC of one length compares as text. */
export function isNewer(next: Order, held: Order): boolean {
  if (rank(next) !== rank(held)) return rank(next) > rank(held);
  if (next.filled_qty !== held.filled_qty) return next.filled_qty > held.filled_qty;
  return next.updated >= held.updated;
}

/* Both change the list in place: they run inside an immer recipe.  Newest first. */
export function putOrder(orders: Order[], next: Order): void {
  const at = orders.findIndex((order) => order.order_id === next.order_id);
  const held = orders[at];
  if (held === undefined) orders.unshift(next);
  else if (isNewer(next, held)) orders[at] = next;
}

export function putTrade(trades: Trade[], next: Trade): void {
  if (!trades.some((trade) => trade.trade_id === next.trade_id)) trades.unshift(next);
}

/* A fetched list laid over the one that is held: rows that the stream has moved further are kept,
 * and so are orders so new that the fetched list (from the database) does not have them yet. */
export function mergeOrders(held: Order[], fetched: Order[]): Order[] {
  const byId = new Map(held.map((order) => [order.order_id, order]));
  const merged = fetched.map((order) => {
    const other = byId.get(order.order_id);
    byId.delete(order.order_id);
    return other && isNewer(other, order) ? other : order;
  });
  const newest = fetched[0]?.created ?? "";
  const ahead = [...byId.values()].filter((order) => order.created > newest);
  return [...ahead, ...merged];
}
