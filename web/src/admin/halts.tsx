import { useState } from "react";
import { useSetHaltMutation } from "../api/api";
import { apiError } from "../api/errors";
import type { Instrument } from "../api/types";
import { useUniverse } from "../app/market";
import { useDesktop } from "../app/media";
import { useAppDispatch } from "../app/store";
import { toastShown } from "../app/ui-state";
import { PhaseBadge } from "../instrument/phase-badge";
import { formatPaise } from "../money/format";
import { Td, Th } from "../orders/rows";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Panel, useTitle } from "../ui/parts";
import { Sheet } from "../ui/sheet";

type Action = "halt" | "resume";

const actionOf = (row: Instrument): Action => (row.state === "halted" ? "resume" : "halt");
const WORD: Record<Action, string> = { halt: "Halt", resume: "Resume" };

function HaltSheet({ row, onClose }: { row: Instrument; onClose: () => void }) {
  const dispatch = useAppDispatch();
  const [setHalt, { isLoading }] = useSetHaltMutation();
  const [reason, setReason] = useState("");
  const [action] = useState(actionOf(row));
  const title = `${WORD[action]} ${row.symbol}`;
  const send = async () => {
    if (isLoading || reason.trim() === "") return;
    try {
      await setHalt({ symbol: row.symbol, action, reason: reason.trim() }).unwrap();
      dispatch(toastShown({ kind: "good", title: `${title}: done`, text: reason.trim() }));
      onClose();
    } catch (cause) {
      dispatch(toastShown({ kind: "bad", title: `${title}: refused`, text: apiError(cause).text }));
    }
  };
  return (
    <Sheet title={title} onClose={onClose}>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
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
          {isLoading ? "Sending" : title}
        </Button>
      </form>
    </Sheet>
  );
}

export function Halts() {
  useTitle("Halts");
  const { list } = useUniverse();
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
                  <PhaseBadge state={row.state} />
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
