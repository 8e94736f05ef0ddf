/* Staff's computers: who asked for which, who gave it, and the end of it. */
import { useState } from "react";
import { apiError } from "../api/errors";
import { useAppDispatch, useAppSelector } from "../app/store";
import { toastShown } from "../app/ui-state";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Badge, Empty, Failed, Loading, Panel, useTitle } from "../ui/parts";
import { Sheet } from "../ui/sheet";
import { useDecideDeviceMutation, useWorkDevicesQuery, type WorkDevice } from "./devices-api";
import { factsWord, STATE } from "./words";

type What = "approve" | "refuse" | "revoke";
const DONE: Record<What, string> = { approve: "Given", refuse: "Refused", revoke: "Revoked" };
const WORD: Record<What, string> = { approve: "Give it", refuse: "Refuse", revoke: "Revoke" };

/* Does it and says how it went. */
function useDecide() {
  const dispatch = useAppDispatch();
  const [decide] = useDecideDeviceMutation();
  return async (row: WorkDevice, what: What, reason?: string) => {
    try {
      await decide({ id: row.id, what, ...(reason ? { reason } : {}) }).unwrap();
      dispatch(toastShown({ kind: "good", title: DONE[what], text: row.name }));
    } catch (cause) {
      const { code, text } = apiError(cause);
      if (code === "step_up_required") return;
      dispatch(toastShown({ kind: "bad", title: "Not done", text }));
    }
  };
}

function ReasonSheet(props: { row: WorkDevice; what: What; onClose: () => void }) {
  const { row, what, onClose } = props;
  const [reason, setReason] = useState("");
  const decide = useDecide();
  return (
    <Sheet title={`${WORD[what]}: ${row.name}`} onClose={onClose}>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (reason.trim() !== "") void decide(row, what, reason.trim()).then(onClose);
        }}
      >
        {what === "revoke" && <p>Its sessions end at once, and it begins no other.</p>}
        <Field
          label="Reason (kept in the audit trail)"
          value={reason}
          required
          maxLength={200}
          onChange={(event) => setReason(event.target.value)}
          data-testid="device-reason"
        />
        <Button type="submit" size="lg" look="sell" data-testid="device-submit">
          {WORD[what]}
        </Button>
      </form>
    </Sheet>
  );
}

function Actions({ row }: { row: WorkDevice }) {
  const user = useAppSelector((state) => state.session.user);
  const decide = useDecide();
  const [asks, setAsks] = useState<What | null>(null);
  const self = `user:${user?.id}`;
  const decides = user?.role === "admin" || user?.role === "compliance";
  const sheet = asks && <ReasonSheet row={row} what={asks} onClose={() => setAsks(null)} />;
  if (row.state === "good" && decides) {
    return (
      <>
        <Button onClick={() => setAsks("revoke")} data-testid={`revoke-${row.id}`}>
          Revoke
        </Button>
        {sheet}
      </>
    );
  }
  if (row.state !== "waits") return null;
  if (!decides || row.asked_by === self || `user:${row.user_id}` === self) {
    return <p className="text-xs text-muted">Somebody else has to decide.</p>;
  }
  return (
    <div className="flex gap-2">
      <Button
        look="primary"
        onClick={() => void decide(row, "approve")}
        data-testid={`approve-${row.id}`}
      >
        Give it
      </Button>
      <Button onClick={() => setAsks("refuse")} data-testid={`refuse-${row.id}`}>
        Refuse
      </Button>
      {sheet}
    </div>
  );
}

function Row({ row }: { row: WorkDevice }) {
  return (
    <li
      className="flex flex-col gap-2 border-t border-line px-3 py-3 first:border-t-0 sm:flex-row sm:items-center sm:justify-between"
      data-testid={`device-${row.id}`}
    >
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-medium break-words">{row.name}</span>
          <span className="text-muted">of user {row.user_id}</span>
          <Badge tone={STATE[row.state].tone}>{STATE[row.state].word}</Badge>
        </p>
        <p className="text-sm break-words">&ldquo;{row.reason}&rdquo;</p>
        <p className="text-xs text-muted">{factsWord(row)}</p>
      </div>
      <div className="shrink-0">
        <Actions row={row} />
      </div>
    </li>
  );
}

function Group(props: { title: string; rows: WorkDevice[]; empty?: string }) {
  if (props.rows.length === 0 && !props.empty) return null;
  return (
    <Panel className="border-y lg:border">
      <h2 className="border-b border-line px-3 py-2 text-xs text-muted">{props.title}</h2>
      {props.rows.length === 0 ? (
        <Empty title={props.empty ?? ""} />
      ) : (
        <ul>
          {props.rows.map((row) => (
            <Row key={row.id} row={row} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

export function DevicesPage() {
  useTitle("Computers");
  const { data, isLoading, refetch } = useWorkDevicesQuery();
  const of = (...states: WorkDevice["state"][]) =>
    (data ?? []).filter((row) => states.includes(row.state));
  return (
    <main className="mx-auto w-full max-w-3xl flex-1 space-y-3 overflow-auto py-3">
      <header className="px-3 lg:px-0">
        <h1 className="text-base font-semibold">Staff&rsquo;s computers</h1>
        <p className="text-muted">
          Each has a certificate of its own. One is asked for with bijlictl device issue.
        </p>
      </header>
      {isLoading && <Loading what="staff's computers" />}
      {!isLoading && !data && <Failed what="Staff's computers" retry={() => void refetch()} />}
      {data && (
        <>
          <Group title="To be decided" rows={of("waits")} empty="Nobody waits" />
          <Group title="In use" rows={of("good")} empty="None" />
          <Group title="Before" rows={of("refused", "revoked", "over", "lapsed")} />
        </>
      )}
    </main>
  );
}
