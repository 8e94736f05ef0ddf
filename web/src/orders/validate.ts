/* What a ticket must satisfy before it is sent.  The same checks stand in the engine, which has
 * the last word; here they spare the client a round trip and name the field to correct. */
import type { Instrument, OrderType } from "../api/types";
import { formatPaise, formatQty, parsePaise, parseQty } from "../money/format";
import { gridEdges, isOnTick } from "../money/tick";

export interface TicketInput {
  type: OrderType;
  qty_text: string;
  price_text: string;
}

export type TicketErrors = Partial<Record<"qty" | "price" | "form", string>>;

export interface TicketCheck {
  errors: TicketErrors;
  /* Set only when there is no error. */
  qty: number;
  price_paise: number;
  /* For a market order an estimate from the last price; 0 when it cannot be told. */
  value_paise: number;
}

export function checkQty(text: string, instrument: Instrument): string | null {
  const qty = parseQty(text);
  if (qty === null || qty <= 0) return "Enter a whole number above 0";
  if (qty % instrument.lot_qty !== 0) return `Must be a multiple of ${instrument.lot_qty}`;
  if (instrument.freeze_qty > 0 && qty > instrument.freeze_qty) {
    return `At most ${formatQty(instrument.freeze_qty)} in one order`;
  }
  return null;
}

export function checkPrice(text: string, instrument: Instrument): string | null {
  const price = parsePaise(text);
  if (price === null || price <= 0) return "Enter a price in rupees";
  if (!isOnTick(price, instrument.tick_paise)) {
    return `Must be a multiple of ${formatPaise(instrument.tick_paise)}`;
  }
  const { lo_paise, hi_paise } = gridEdges(instrument);
  if (price < lo_paise || price > hi_paise) {
    return `Today's band is ${formatPaise(lo_paise)} to ${formatPaise(hi_paise)}`;
  }
  return null;
}

const CLOSED: Record<Instrument["state"], string | null> = {
  open: null,
  halted: "Trading in this share is halted",
  closed: "The market is closed",
};

export function checkTicket(
  input: TicketInput,
  instrument: Instrument,
  lastPaise: number,
): TicketCheck {
  const errors: TicketErrors = {};
  const state = CLOSED[instrument.state];
  if (state) errors.form = state;
  const badQty = checkQty(input.qty_text, instrument);
  if (badQty) errors.qty = badQty;
  const badPrice = input.type === "LIMIT" ? checkPrice(input.price_text, instrument) : null;
  if (badPrice) errors.price = badPrice;

  const qty = badQty ? 0 : (parseQty(input.qty_text) ?? 0);
  const price = input.type === "LIMIT" && !badPrice ? (parsePaise(input.price_text) ?? 0) : 0;
  const value = qty * (input.type === "LIMIT" ? price : lastPaise);
  if (!Number.isSafeInteger(value)) errors.qty = "The order is too large";
  return { errors, qty, price_paise: price, value_paise: Number.isSafeInteger(value) ? value : 0 };
}

/* A new client order id: 63 random bits, never 0, so that two devices do not meet. */
export function newClientOrderId(): string {
  const words = crypto.getRandomValues(new BigUint64Array(1));
  const id = (words[0] ?? 0n) >> 1n;
  return (id === 0n ? 1n : id).toString();
}
