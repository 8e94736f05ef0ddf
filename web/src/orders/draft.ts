/* What stands on a ticket while it is being filled in. */
import { useEffect, useState } from "react";
import type { Instrument, NewOrder, Side } from "../api/types";
import { useAppDispatch, useAppSelector } from "../app/store";
import { ticketFillTaken } from "../app/ui-state";
import { plainPaise } from "../money/format";
import { snapToTick } from "../money/tick";
import { hasLimit, isStop } from "./terms";
import { newClientOrderId, type TicketCheck, type TicketInput } from "./validate";

export type Draft = TicketInput;

export function useDraft(instrument: Instrument, lastPaise: number, side: Side) {
  const dispatch = useAppDispatch();
  const fill = useAppSelector((state) => state.ui.fill);
  const [draft, setDraft] = useState<Draft>({
    side,
    type: "LIMIT",
    tif: "DAY",
    qty_text: String(instrument.lot_qty),
    price_text: "",
    trigger_text: "",
    disclosed_text: "",
    expiry: "",
  });
  const change = (part: Partial<Draft>) => setDraft((held) => ({ ...held, ...part }));

  /* The first price that is known goes into an empty field, once; after that the field is the
   * client's. */
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

/* The order as it will be sent, with the id that it keeps through every retry. */
export function orderOf(draft: Draft, check: TicketCheck, instrument: Instrument): NewOrder {
  const { side, type, tif, expiry } = draft;
  const { symbol } = instrument;
  return {
    symbol,
    side,
    type,
    tif,
    qty: check.qty,
    client_order_id: newClientOrderId(),
    ...(hasLimit(type) ? { price_paise: check.price_paise } : {}),
    ...(isStop(type) ? { trigger_price_paise: check.trigger_paise } : {}),
    ...(check.disclosed_qty > 0 ? { disclosed_qty: check.disclosed_qty } : {}),
    ...(tif === "GTD" ? { expiry } : {}),
  };
}
