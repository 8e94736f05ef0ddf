/* The last look at an order before it is sent, and what is left to do when nobody answered. */
import type { NewOrder } from "../api/types";
import { formatPaise, formatQty } from "../money/format";
import { Button } from "../ui/button";
import { formatDay } from "../ui/time";
import { SideMark } from "./state";
import type { Submit } from "./use-submit";

/* A market order never rests: what finds nobody is cancelled, whatever it was good for. */
function validOf({ type, tif, expiry }: NewOrder): string {
  if (type === "MARKET" || tif === "IOC") {
    const when = type === "MARKET" || type === "LIMIT" ? "at once" : "at once when triggered";
    return `${when}; the rest is cancelled`;
  }
  if (tif === "GTD") return `until the end of ${formatDay(expiry ?? "")}`;
  return tif === "GTC" ? "until it is cancelled" : "until the end of the day";
}

interface Props {
  order: NewOrder;
  submit: Submit;
  last_paise: number;
  stale: boolean;
  offline: boolean;
}

const beyond = (side: NewOrder["side"]) => (side === "BUY" ? "above" : "below");

function Summary({ order, last_paise, stale }: Pick<Props, "order" | "last_paise" | "stale">) {
  const { price_paise, trigger_price_paise, disclosed_qty } = order;
  const market = price_paise === undefined;
  const value = order.qty * (price_paise ?? trigger_price_paise ?? last_paise);
  const rows: [name: string, text: string][] = [
    ["Price", market ? "Market" : formatPaise(price_paise)],
  ];
  if (trigger_price_paise) {
    rows.push(["Waits for", `${formatPaise(trigger_price_paise)} or ${beyond(order.side)}`]);
  }
  rows.push(["Valid", validOf(order)]);
  if (disclosed_qty) rows.push(["Shown at a time", formatQty(disclosed_qty)]);
  rows.push([market ? "Value, about" : "Value", value > 0 ? `\u20b9${formatPaise(value)}` : "-"]);
  return (
    <div className="rounded-md border border-line bg-bg p-3">
      <p className="mb-2 flex items-center gap-2 font-semibold">
        <SideMark side={order.side} /> {formatQty(order.qty)} {order.symbol}
      </p>
      <dl className="space-y-1">
        {rows.map(([name, text]) => (
          <div key={name} className="flex justify-between gap-3">
            <dt className="text-muted">{name}</dt>
            <dd className="text-right">{text}</dd>
          </div>
        ))}
      </dl>
      {stale && <p className="mt-2 text-warn">Prices on this screen may be old.</p>}
    </div>
  );
}

function Unknown({ submit }: { submit: Submit }) {
  return (
    <div className="mt-3 space-y-2" role="alert" data-testid="ticket-unknown">
      <p>
        Bijli has not said whether this order arrived. Look at Orders first. Sending it again uses
        the same id, so it cannot be taken twice while it is open.
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
  );
}

function Confirm({ order, submit, offline }: Pick<Props, "order" | "submit" | "offline">) {
  const sending = submit.phase === "sending";
  const buy = order.side === "BUY";
  return (
    <div className="mt-3 flex gap-2">
      <Button
        size="lg"
        onClick={() => submit.setPhase("edit")}
        disabled={sending}
        data-testid="ticket-back"
      >
        Back
      </Button>
      <Button
        size="lg"
        autoFocus
        className="flex-1"
        look={buy ? "buy" : "sell"}
        disabled={sending || offline}
        onClick={() => void submit.send(order)}
        data-testid="ticket-confirm"
      >
        {sending ? "Sending" : `Confirm ${buy ? "buy" : "sell"}`}
      </Button>
    </div>
  );
}

export function ConfirmPanel({ order, submit, last_paise, stale, offline }: Props) {
  return (
    <section aria-label="Confirm the order" data-testid="ticket" data-phase={submit.phase}>
      <Summary order={order} last_paise={last_paise} stale={stale} />
      {submit.phase === "unknown" ? (
        <Unknown submit={submit} />
      ) : (
        <Confirm order={order} submit={submit} offline={offline} />
      )}
    </section>
  );
}
