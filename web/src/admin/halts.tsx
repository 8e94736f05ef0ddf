import { useState } from "react";
import { Link } from "react-router";
import { useElevationsQuery, useSetHaltMutation } from "../api/api";
import { apiError } from "../api/errors";
import type { Elevation, Instrument } from "../api/types";
import { useUniverse } from "../app/market";
import { useDesktop } from "../app/media";
import { useAppDispatch } from "../app/store";
import { toastShown } from "../app/ui-state";
import { PhaseBadge } from "../instrument/phase-badge";
import { formatPaise } from "../money/format";
import { Td, Th } from "../orders/rows";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Badge, Panel, useTitle } from "../ui/parts";
import { Sheet } from "../ui/sheet";
import { WHO_DECIDES } from "./what";

const POLL_MS = 5_000;

type Action = "halt" | "resume";

const actionOf = (row: Instrument): Action => (row.state === "halted" ? "resume" : "halt");
const WORD: Record<Action, string> = { halt: "Halt", resume: "Resume" };

/* Asks that wait for a second person, by share. */
function waitingBySymbol(rows: Elevation[] = []): Set<string> {
  const waiting = rows.filter((row) => row.state === "asked" && row.what === "act:state");
  return new Set(waiting.map((row) => row.act?.symbol ?? ""));
}

function Waits({ symbol, onClose }: { symbol: string; onClose: () => void }) {
  return (
    <div className="flex flex-col gap-3" role="status" data-testid="halt-waits">
      <p className="font-medium">{symbol} stays halted: this waits for a second person.</p>
      <p className="text-muted">
        {WHO_DECIDES} It is in{" "}
        <Link className="underline" to="/admin/approvals">
          Approvals
        </Link>{" "}
        for a day.
      </p>
      <Button size="lg" onClick={onClose} data-testid="halt-close">
        Close
      </Button>
    </div>
  );
}

function HaltSheet({ row, onClose }: { row: Instrument; onClose: () => void }) {
  const dispatch = useAppDispatch();
  const [setHalt, { isLoading }] = useSetHaltMutation();
  const [reason, setReason] = useState("");
  const [action] = useState(actionOf(row));
  const [waits, setWaits] = useState(false);
  const title = `${WORD[action]} ${row.symbol}`;
  const send = async () => {
    if (isLoading || reason.trim() === "") return;
    try {
      const told = await setHalt({ symbol: row.symbol, action, reason: reason.trim() }).unwrap();
      if (told.waits) {
        setWaits(true);
        return;
      }
      dispatch(toastShown({ kind: "good", title: `${title}: done`, text: reason.trim() }));
      onClose();
    } catch (cause) {
      dispatch(toastShown({ kind: "bad", title: `${title}: refused`, text: apiError(cause).text }));
    }
  };
  if (waits)
    return (
      <Sheet title={title} onClose={onClose}>
        <Waits symbol={row.symbol} onClose={onClose} />
      </Sheet>
    );
  return (
    <Sheet title={title} onClose={onClose}>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        {action === "resume" && (
          <p className="text-sm text-muted">Takes a second person. {WHO_DECIDES}</p>
        )}
        <Field
          label="Reason (kept in the audit log)"
          value={reason}
          required
          maxLength={200}
          onChange={(event) => setReason(event.target.value)}
          data-testid="halt-reason"
        />
        <Button
          type="submit"
          size="lg"
          look={action === "halt" ? "sell" : "primary"}
          disabled={isLoading}
          data-testid="halt-submit"
        >
          {isLoading ? "Sending" : action === "resume" ? `Ask to resume ${row.symbol}` : title}
        </Button>
      </form>
    </Sheet>
  );
}

export function Halts() {
  useTitle("Halts");
  const { list } = useUniverse();
  const { data } = useElevationsQuery(undefined, { pollingInterval: POLL_MS });
  const waiting = waitingBySymbol(data?.elevations);
  const desktop = useDesktop();
  const [chosen, setChosen] = useState<Instrument | null>(null);
  return (
    <main className="mx-auto min-h-0 w-full max-w-3xl flex-1 overflow-auto lg:py-2">
      <Panel className="border-y lg:border">
        <h1 className="border-b border-line px-3 py-3 font-semibold">Halt and resume shares</h1>
        <table className="w-full">
          <thead>
            <tr>
              <Th>Symbol</Th>
              <Th>State</Th>
              {desktop && <Th right>Band</Th>}
              <Th />
            </tr>
          </thead>
          <tbody>
            {list.map((row) => (
              <tr
                key={row.token}
                className="border-t border-line"
                data-testid={`halt-row-${row.symbol}`}
              >
                <Td>
                  <span className="font-medium">{row.symbol}</span>
                </Td>
                <Td>
                  <span className="flex flex-wrap gap-1">
                    <PhaseBadge state={row.state} />
                    {row.state === "halted" && waiting.has(row.symbol) && (
                      <Badge tone="warn">resume waits</Badge>
                    )}
                  </span>
                </Td>
                {desktop && (
                  <Td right>
                    {formatPaise(row.band_lo_paise)} to {formatPaise(row.band_hi_paise)}
                  </Td>
                )}
                <Td right>
                  <Button
                    size="sm"
                    disabled={row.state === "closed"}
                    onClick={() => setChosen(row)}
                    data-testid={`halt-button-${row.symbol}`}
                  >
                    {WORD[actionOf(row)]}
                  </Button>
                </Td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
      {chosen && <HaltSheet row={chosen} onClose={() => setChosen(null)} />}
    </main>
  );
}
