/* Rights for a while: who asks for what, and who gives it. */
import { useState } from "react";
import {
  useDecideElevationMutation,
  useElevationsQuery,
  useEndElevationMutation,
} from "../api/api";
import { apiError } from "../api/errors";
import type { Elevation } from "../api/types";
import { useAppDispatch } from "../app/store";
import { toastShown } from "../app/ui-state";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Badge, Empty, Failed, Loading, Panel, useTitle } from "../ui/parts";
import { Sheet } from "../ui/sheet";
import { formatTime } from "../ui/time";
import { AskSheet } from "./ask-elevation";
import { changeWords, checksWords, rowWords, WHO_DECIDES } from "./what";

const POLL_MS = 5_000;
const TONE = {
  asked: "warn",
  active: "good",
  refused: "bad",
  ended: "plain",
  lapsed: "plain",
} as const;

/* What became of an act after the yes. */
const OUTCOME = {
  "": { word: "approved", tone: "warn" },
  done: { word: "done", tone: "good" },
  refused: { word: "not done", tone: "bad" },
  unknown: { word: "not known whether done", tone: "warn" },
} as const;

const stateOf = (row: Elevation) =>
  row.act && row.state === "ended"
    ? OUTCOME[row.outcome ?? ""]
    : { word: row.state, tone: TONE[row.state] };

export function minutesWord(minutes: number): string {
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}

const whoWord = (row: Elevation) =>
  row.own ? "You" : row.asker === "operator" ? "The operator" : row.asker_name || row.asker;

function timesWord(row: Elevation): string {
  if (row.state === "active") return `until ${formatTime(row.ends)}`;
  if (row.state === "ended" && row.act) return `approved ${formatTime(row.decided)}`;
  if (row.state === "ended") return `ended ${formatTime(row.ends)}`;
  if (row.state === "refused") return `refused ${formatTime(row.decided)}`;
  return `asked ${formatTime(row.asked)}`;
}

function RefuseSheet({ row, onClose }: { row: Elevation; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const decide = useDecide();
  return (
    <Sheet title={`Refuse: ${rowWords(row)}`} onClose={onClose}>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (reason.trim() !== "") void decide(row, false, reason.trim()).then(onClose);
        }}
      >
        <Field
          label="Reason (kept in the audit trail)"
          value={reason}
          required
          maxLength={200}
          onChange={(event) => setReason(event.target.value)}
          data-testid="refuse-reason"
        />
        <Button type="submit" size="lg" look="sell" data-testid="refuse-submit">
          Refuse
        </Button>
      </form>
    </Sheet>
  );
}

/* Does it and says how it went. */
function useDecide() {
  const dispatch = useAppDispatch();
  const [decide] = useDecideElevationMutation();
  return async (row: Elevation, yes: boolean, reason?: string) => {
    const title = !yes ? "Refused" : row.act ? "Approved and done" : "Approved";
    try {
      await decide({ id: row.id, yes, ...(reason ? { reason } : {}) }).unwrap();
      dispatch(toastShown({ kind: "good", title, text: rowWords(row) }));
    } catch (cause) {
      dispatch(toastShown({ kind: "bad", title: "Not decided", text: apiError(cause).text }));
    }
  };
}

function Actions({ row, mayDecide }: { row: Elevation; mayDecide: boolean }) {
  const dispatch = useAppDispatch();
  const decide = useDecide();
  const [end] = useEndElevationMutation();
  const [refusing, setRefusing] = useState(false);
  const stop = () =>
    end(row.id)
      .unwrap()
      .catch((cause: unknown) =>
        dispatch(toastShown({ kind: "bad", title: "Not ended", text: apiError(cause).text })),
      );
  if (row.state === "active" && (row.own || mayDecide))
    return (
      <Button onClick={() => void stop()} data-testid={`end-${row.id}`}>
        End now
      </Button>
    );
  if (row.state !== "asked") return null;
  if (row.own || !mayDecide)
    return (
      <p className="max-w-52 text-xs text-muted">
        {row.act ? WHO_DECIDES : "Somebody else has to decide."}
      </p>
    );
  return (
    <div className="flex gap-2">
      <Button
        look="primary"
        onClick={() => void decide(row, true)}
        data-testid={`approve-${row.id}`}
      >
        Approve
      </Button>
      <Button onClick={() => setRefusing(true)} data-testid={`refuse-${row.id}`}>
        Refuse
      </Button>
      {refusing && <RefuseSheet row={row} onClose={() => setRefusing(false)} />}
    </div>
  );
}

function Row({ row, mayDecide }: { row: Elevation; mayDecide: boolean }) {
  return (
    <li
      className="flex flex-col gap-2 border-t border-line px-3 py-3 first:border-t-0 sm:flex-row sm:items-center sm:justify-between"
      data-testid={`elevation-${row.id}`}
    >
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-medium break-words">{rowWords(row)}</span>
          <Badge tone={stateOf(row).tone}>{stateOf(row).word}</Badge>
        </p>
        {row.act && (
          <p className="text-sm break-words" data-testid={`change-${row.id}`}>
            {changeWords(row)}
          </p>
        )}
        <p className="text-sm break-words">&ldquo;{row.reason}&rdquo;</p>
        {row.about && (
          <p className="text-sm break-words" data-testid={`about-${row.id}`}>
            Of user {row.about}. Checked: {checksWords(row.checks)}.
          </p>
        )}
        <p className="text-xs text-muted">
          {whoWord(row)}, {!row.act && `for ${minutesWord(row.minutes)}, `}
          {timesWord(row)}
        </p>
      </div>
      <div className="shrink-0">
        <Actions row={row} mayDecide={mayDecide} />
      </div>
    </li>
  );
}

function Group(props: { title: string; rows: Elevation[]; mayDecide: boolean; empty?: string }) {
  if (props.rows.length === 0 && !props.empty) return null;
  return (
    <Panel className="border-y lg:border">
      <h2 className="border-b border-line px-3 py-2 text-xs text-muted">{props.title}</h2>
      {props.rows.length === 0 ? (
        <Empty title={props.empty ?? ""} />
      ) : (
        <ul>
          {props.rows.map((row) => (
            <Row key={row.id} row={row} mayDecide={props.mayDecide} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

export function Approvals() {
  useTitle("Approvals");
  const { data, isLoading, refetch } = useElevationsQuery(undefined, { pollingInterval: POLL_MS });
  const [asking, setAsking] = useState(false);
  const rows = data?.elevations ?? [];
  const of = (...states: Elevation["state"][]) => rows.filter((row) => states.includes(row.state));
  return (
    <main className="mx-auto w-full max-w-3xl flex-1 space-y-3 overflow-auto py-3">
      <header className="flex items-center justify-between gap-2 px-3 lg:px-0">
        <h1 className="text-base font-semibold">Approvals</h1>
        {data && data.may_ask.length > 0 && (
          <Button look="primary" onClick={() => setAsking(true)} data-testid="ask-open">
            Ask for a right
          </Button>
        )}
      </header>
      {isLoading && <Loading what="approvals" />}
      {!isLoading && !data && <Failed what="Approvals" retry={() => void refetch()} />}
      {data && (
        <>
          <Group
            title="To be decided"
            rows={of("asked")}
            mayDecide={data.may_decide}
            empty="Nobody waits"
          />
          <Group title="Lasting now" rows={of("active")} mayDecide={data.may_decide} />
          <Group
            title="Before"
            rows={of("refused", "ended", "lapsed")}
            mayDecide={data.may_decide}
          />
        </>
      )}
      {asking && data && <AskSheet mayAsk={data.may_ask} onClose={() => setAsking(false)} />}
    </main>
  );
}
