/* What kind of order it is: which prices it has, how long it is good, in words. */
import type { Order, OrderType, Tif } from "../api/types";
import { formatPaise } from "../money/format";
import { formatDay } from "../ui/time";

export const hasLimit = (type: OrderType): boolean => type === "LIMIT" || type === "SL";
export const isStop = (type: OrderType): boolean => type === "SL" || type === "SL-M";

/* A stop that waits has not ended either. */
export function isOpen(order: Order): boolean {
  return order.state === "open" || order.state === "trigger_pending";
}

export function validityWord(tif: Tif, expiry: string): string {
  return tif === "GTD" ? `till ${formatDay(expiry)}` : tif;
}

/* "SL DAY", "IOC", "LIMIT" goes without saying: what stands small beside an order. */
export function kindWord(order: Order): string {
  const words = [validityWord(order.tif, order.expiry)];
  if (isStop(order.type)) words.unshift(order.type);
  return words.join(" ");
}

export function isPlain(order: Order): boolean {
  return !isStop(order.type) && order.tif !== "GTD";
}

export function priceWord(order: Order): string {
  return hasLimit(order.type) ? formatPaise(order.price_paise) : "Market";
}

/* Who placed it, where that was not whoever looks at it. */
export function appWord(order: Order): string | null {
  return order.app ? `by the app ${order.app.name || order.app.id}` : null;
}

export function placedTitle(order: Order, ofAll: boolean | undefined): string {
  if (order.app) return `Placed by the app ${order.app.name || order.app.id}`;
  return ofAll ? "Placed by a person or a desk" : "Placed by you or for you";
}

/* While it waits for it, and afterwards that it did. */
export function triggerWord(order: Order): string | null {
  return isStop(order.type) ? `trigger ${formatPaise(order.trigger_price_paise)}` : null;
}
