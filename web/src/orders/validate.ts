/* What a ticket must satisfy before it is sent.  The same checks stand in the engine, which has
 * the last word; here they spare the client a round trip and name the field to correct. */
import type { Instrument, OrderType, Side, Tif } from "../api/types";
import { isAuction, phaseOf } from "../instrument/phase";
import { formatPaise, formatQty, parsePaise, parseQty } from "../money/format";
import { gridEdges, isOnTick } from "../money/tick";
import { today } from "../ui/time";
import { hasLimit, isStop } from "./terms";

export interface TicketInput {
  side: Side;
  type: OrderType;
  tif: Tif;
  qty_text: string;
  price_text: string;
  trigger_text: string;
  /* "": the whole quantity is shown. */
  disclosed_text: string;
  /* Of a GTD order: its last day, "2026-08-03". */
  expiry: string;
}

export type TicketField = "qty" | "price" | "trigger" | "disclosed" | "expiry" | "form";
export type TicketErrors = Partial<Record<TicketField, string>>;

export interface TicketCheck {
  errors: TicketErrors;
  /* Set only when there is no error; 0 where the order has none. */
  qty: number;
  price_paise: number;
  trigger_paise: number;
  disclosed_qty: number;
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

/* An SL order's limit lies behind its trigger price, or it would wake and find nobody. */
export function checkStop(side: Side, price_paise: number, trigger_paise: number): string | null {
  if (side === "BUY" ? price_paise >= trigger_paise : price_paise <= trigger_paise) return null;
  return side === "BUY" ? "At the trigger price or above" : "At the trigger price or below";
}

export function checkDisclosed(text: string, qty: number): string | null {
  if (text.trim() === "") return null;
  const shown = parseQty(text);
  if (shown === null || shown <= 0) return "A whole number above 0, or empty to show all";
  return shown > qty ? "At most the quantity" : null;
}

function checkExpiry({ tif, expiry }: TicketInput, date: string): string | null {
  if (tif !== "GTD") return null;
  return /^\d{4}-\d\d-\d\d$/.test(expiry) && expiry >= date ? null : "Choose a day, today or later";
}

/* What the session's phase does not take, whatever the fields say. */
function checkPhase(input: TicketInput, { state }: Instrument): string | null {
  const { shut } = phaseOf(state);
  if (shut) return shut;
  if (!isAuction(state)) return null;
  const plain = !isStop(input.type) && input.tif !== "IOC" && input.disclosed_text.trim() === "";
  if (!plain) return "A call auction takes no SL, IOC or disclosed quantity";
  if (state === "auction_limit" && input.type === "MARKET")
    return "Only limit orders are taken now";
  return null;
}

function findErrors(input: TicketInput, instrument: Instrument, date: string): TicketErrors {
  const errors: TicketErrors = {};
  const note = (field: TicketField, bad: string | null) => {
    if (bad) errors[field] = bad;
  };
  note("form", checkPhase(input, instrument));
  note("qty", checkQty(input.qty_text, instrument));
  if (hasLimit(input.type)) note("price", checkPrice(input.price_text, instrument));
  if (isStop(input.type)) note("trigger", checkPrice(input.trigger_text, instrument));
  if (input.type === "SL" && !errors.price && !errors.trigger) {
    const [price, trigger] = [parsePaise(input.price_text), parsePaise(input.trigger_text)];
    note("price", checkStop(input.side, price ?? 0, trigger ?? 0));
  }
  if (!errors.qty)
    note("disclosed", checkDisclosed(input.disclosed_text, parseQty(input.qty_text) ?? 0));
  note("expiry", checkExpiry(input, date));
  return errors;
}

export function checkTicket(
  input: TicketInput,
  instrument: Instrument,
  lastPaise: number,
  date: string = today(),
): TicketCheck {
  const errors = findErrors(input, instrument, date);
  const { type } = input;
  const qty = errors.qty ? 0 : (parseQty(input.qty_text) ?? 0);
  const price = hasLimit(type) && !errors.price ? (parsePaise(input.price_text) ?? 0) : 0;
  const trigger = isStop(type) && !errors.trigger ? (parsePaise(input.trigger_text) ?? 0) : 0;
  const value = qty * (hasLimit(type) ? price : isStop(type) ? trigger : lastPaise);
  if (!Number.isSafeInteger(value)) errors.qty = "The order is too large";
  return {
    errors,
    qty,
    price_paise: price,
    trigger_paise: trigger,
    disclosed_qty: errors.disclosed ? 0 : (parseQty(input.disclosed_text) ?? 0),
    value_paise: Number.isSafeInteger(value) ? value : 0,
  };
}

/* What will happen to a stop, said under its trigger price. */
export function stopHint(side: Side, trigger_paise: number, lastPaise: number): string {
  const buy = side === "BUY";
  const reached = buy ? lastPaise >= trigger_paise : lastPaise <= trigger_paise;
  if (trigger_paise > 0 && lastPaise > 0 && reached) {
    return "The price is there already: it would be sent on at once";
  }
  return `Waits until the price ${buy ? "rises" : "falls"} to this`;
}

/* A new client order id: 63 random bits, never 0, so that two devices do not meet. */
export function newClientOrderId(): string {
  const words = crypto.getRandomValues(new BigUint64Array(1));
  const id = (words[0] ?? 0n) >> 1n;
  return (id === 0n ? 1n : id).toString();
}
