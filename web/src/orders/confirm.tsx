/* The last look at an order before it is sent, and what is left to do when nobody answered. */
import type { NewOrder, Tif } from "../api/types";
import { formatPaise, formatQty } from "../money/format";
import { Button } from "../ui/button";
import { SideMark } from "./state";
import type { Submit } from "./use-submit";

const VALID: Record<Tif, string> = {
  DAY: "until the end of the day",
  IOC: "at once; the rest is cancelled",
};

interface Props {
  order: NewOrder;
  submit: Submit;
  last_paise: number;
  stale: boolean;
  offline: boolean;
}

function Summary({ order, last_paise, stale }: Pick<Props, "order" | "last_paise" | "stale">) {
  const market = order.price_paise === undefined;
  const value = order.qty * (order.price_paise ?? last_paise);
  const rows = [
    ["Price", order.price_paise === undefined ? "Market" : formatPaise(order.price_paise)],
    ["Valid", VALID[market ? "IOC" : order.tif]],
    [market ? "Value, about" : "Value", value > 0 ? `\u20b9${formatPaise(value)}` : "-"],
  ] as const;
  return (
    <div className="rounded-md border border-line bg-bg p-3">
      <p className="mb-2 flex items-center gap-2 font-semibold">
        <SideMark side={order.side} /> {formatQty(order.qty)} {order.symbol}
      </p>
      <dl className="space-y-1">
        {rows.map(([name, text]) => (
          <div key={name} className="flex justify-between gap-3">
            <dt className="text-muted">{name}</dt>
            <dd>{text}</dd>
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
