/* Clients' money as staff handles it: payouts to send, bank accounts to confirm, money to book. */
import { useState, type FormEvent } from "react";
import { apiError } from "../api/errors";
import { useAppDispatch, useAppSelector } from "../app/store";
import { toastShown } from "../app/ui-state";
import {
  useReceiptsQuery,
  useRevealBankMutation,
  useStaffActMutation,
  useStaffBanksQuery,
  useStaffPayoutsQuery,
  type Receipt,
  type StaffAct,
  type StaffBank,
  type StaffPayout,
} from "../funds/funds-api";
import { rupees } from "../funds/words";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Badge, Empty, Failed, Loading, Panel, useTitle } from "../ui/parts";
import { Sheet } from "../ui/sheet";
import { formatDay, formatTime } from "../ui/time";
import { RecordSheet } from "./record-receipt";

const POLL_MS = 10_000;

/* Does it and says how it went. */
function useAct() {
  const dispatch = useAppDispatch();
  const [act] = useStaffActMutation();
  return async (what: StaffAct) => {
    try {
      await act(what).unwrap();
      dispatch(toastShown({ kind: "good", title: "Done", text: "" }));
    } catch (cause) {
      dispatch(toastShown({ kind: "bad", title: "Not done", text: apiError(cause).text }));
    }
  };
}

interface Question {
  title: string;
  label: string;
  field: "utr" | "reason" | "reference";
  what: Omit<StaffAct, "body">;
}

/* One word or sentence that goes with it: the bank's reference, or why. */
function AskSheet({ title, label, field, what, onClose }: Question & { onClose: () => void }) {
  const [text, setText] = useState("");
  const act = useAct();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== "") void act({ ...what, body: { [field]: text.trim() } }).then(onClose);
  };
  return (
    <Sheet title={title} onClose={onClose}>
      <form className="flex flex-col gap-3" onSubmit={submit}>
        <Field
          label={label}
          value={text}
          required
          autoFocus
          maxLength={200}
          onChange={(event) => setText(event.target.value)}
          data-testid="money-text"
        />
        <Button type="submit" size="lg" look="primary" data-testid="money-submit">
          {title}
        </Button>
      </form>
    </Sheet>
  );
}

function AskButton({ question, primary }: { question: Question; primary?: boolean }) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button
        look={primary ? "primary" : "quiet"}
        onClick={() => setAsking(true)}
        data-testid={`${question.what.act}-${question.what.id}`}
      >
        {question.title}
      </Button>
      {asking && <AskSheet {...question} onClose={() => setAsking(false)} />}
    </>
  );
}

/* The whole number of a bank account, to pay to it: kept in the trail, with why. */
function Reveal({ id, reason }: { id: string; reason: string }) {
  const dispatch = useAppDispatch();
  const [reveal, { data }] = useRevealBankMutation();
  if (data) return <code className="text-sm select-all">{data.number}</code>;
  const show = () =>
    reveal({ id, reason })
      .unwrap()
      .catch((cause: unknown) =>
        dispatch(toastShown({ kind: "bad", title: "Not shown", text: apiError(cause).text })),
      );
  return (
    <Button size="sm" look="bare" onClick={() => void show()}>
      Show the number
    </Button>
  );
}

const ROW =
  "flex flex-col gap-2 border-t border-line px-3 py-3 first:border-t-0 " +
  "sm:flex-row sm:items-center sm:justify-between";

/* What is paid at the bank cannot be taken back: who pays it takes it first, sees the number, and
 * says how it went. */
function TakenActs({ id }: { id: string }) {
  return (
    <div className="flex shrink-0 flex-wrap gap-2">
      <AskButton
        primary
        question={{
          title: "Mark as sent",
          label: "The bank's reference (UTR)",
          field: "utr",
          what: { of: "payouts", id, act: "send" },
        }}
      />
      <AskButton
        question={{
          title: "Give back",
          label: "Reason (it was not paid)",
          field: "reason",
          what: { of: "payouts", id, act: "untake" },
        }}
      />
      <Return id={id} />
    </div>
  );
}

const Return = ({ id }: { id: string }) => (
  <AskButton
    question={{
      title: "Return",
      label: "Reason (the client is told)",
      field: "reason",
      what: { of: "payouts", id, act: "return" },
    }}
  />
);

function OpenActs({ row }: { row: StaffPayout }) {
  const act = useAct();
  const next = row.two_people && !row.approved_by ? "approve" : "take";
  return (
    <div className="flex shrink-0 gap-2">
      <Button
        look="primary"
        onClick={() => void act({ of: "payouts", id: row.id, act: next })}
        data-testid={`${next}-${row.id}`}
      >
        {next === "approve" ? "Approve" : "Take to pay"}
      </Button>
      <Return id={row.id} />
    </div>
  );
}

function PayoutActs({ row, me }: { row: StaffPayout; me: string }) {
  if (row.taken_by === me) return <TakenActs id={row.id} />;
  if (row.taken_by) return <p className="text-xs text-muted">{row.taken_by} is paying it.</p>;
  if (row.approved_by === me) {
    return <p className="text-xs text-muted">Somebody else has to pay it.</p>;
  }
  return <OpenActs row={row} />;
}

function PayoutRow({ row, mayAct }: { row: StaffPayout; mayAct: boolean }) {
  const me = useAppSelector((state) => `user:${state.session.user?.id ?? ""}`);
  return (
    <li className={ROW} data-testid={`payout-${row.id}`}>
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-medium">{rupees(row.amount_paise)}</span>
          <span className="text-muted">user {row.user_id}</span>
          {row.two_people && <Badge tone="warn">two people</Badge>}
        </p>
        <p className="flex flex-wrap items-center gap-2 text-sm">
          {row.bank.ifsc} {row.bank.number}
          {mayAct && row.taken_by === me && <Reveal id={row.bank_id} reason={`payout ${row.id}`} />}
        </p>
        <p className="text-xs text-muted">
          asked {formatTime(row.asked)}
          {row.approved_by && `, approved by ${row.approved_by === me ? "you" : row.approved_by}`}
        </p>
      </div>
      {mayAct && <PayoutActs row={row} me={me} />}
    </li>
  );
}

function BankRow({ row, mayAct }: { row: StaffBank; mayAct: boolean }) {
  return (
    <li className={ROW} data-testid={`bank-${row.id}`}>
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-medium">
            {row.ifsc} {row.number}
          </span>
          {mayAct && <Reveal id={row.id} reason="penny drop" />}
          {row.anothers && <Badge tone="bad">another client has it too</Badge>}
        </p>
        <p className="text-xs text-muted">
          user {row.user_id}, bank account no. {row.id}, added {formatTime(row.added)}
        </p>
      </div>
      {mayAct && (
        <div className="flex shrink-0 gap-2">
          <AskButton
            primary
            question={{
              title: "Confirm",
              label: "Reference of the penny drop; the bank's name is the client's",
              field: "reference",
              what: { of: "banks", id: row.id, act: "confirm" },
            }}
          />
          <AskButton
            question={{
              title: "Refuse",
              label: "Reason (the client is told)",
              field: "reason",
              what: { of: "banks", id: row.id, act: "refuse" },
            }}
          />
        </div>
      )}
    </li>
  );
}

function ReceiptRow({ row, mayAct }: { row: Receipt; mayAct: boolean }) {
  const act = useAct();
  const me = useAppSelector((state) => `user:${state.session.user?.id ?? ""}`);
  const mine = row.asked_by === me;
  return (
    <li className={ROW} data-testid={`receipt-${row.id}`}>
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-medium">{rupees(row.amount_paise)}</span>
          <span className="text-muted">user {row.user_id}</span>
        </p>
        <p className="text-sm break-words">
          {row.utr}, {formatDay(row.paid_on)}, from {row.bank.ifsc} {row.bank.number}
        </p>
        <p className="text-xs text-muted">
          recorded by {mine ? "you" : row.asked_by} {formatTime(row.asked)}
        </p>
      </div>
      {mayAct && mine && <p className="text-xs text-muted">Somebody else has to approve it.</p>}
      {mayAct && !mine && (
        <div className="flex shrink-0 gap-2">
          <Button
            look="primary"
            onClick={() => void act({ of: "receipts", id: row.id, act: "approve" })}
            data-testid={`approve-${row.id}`}
          >
            Approve
          </Button>
          <AskButton
            question={{
              title: "Refuse",
              label: "Reason (kept in the audit trail)",
              field: "reason",
              what: { of: "receipts", id: row.id, act: "refuse" },
            }}
          />
        </div>
      )}
    </li>
  );
}

interface GroupProps<T> {
  title: string;
  empty: string;
  list: { data?: T[] | undefined; isLoading: boolean; refetch: () => unknown };
  row: (item: T) => React.ReactNode;
}

function Group<T>({ title, empty, list, row }: GroupProps<T>) {
  return (
    <Panel className="border-y lg:border">
      <h2 className="border-b border-line px-3 py-2 text-xs text-muted">{title}</h2>
      {list.isLoading && <Loading what={title} />}
      {!list.isLoading && !list.data && <Failed what={title} retry={() => void list.refetch()} />}
      {list.data?.length === 0 && <Empty title={empty} />}
      {list.data && list.data.length > 0 && <ul>{list.data.map(row)}</ul>}
    </Panel>
  );
}

export function Money() {
  useTitle("Money");
  const role = useAppSelector((state) => state.session.user?.role);
  const mayAct = role === "compliance" || role === "admin";
  const every = { pollingInterval: POLL_MS };
  const payouts = useStaffPayoutsQuery(undefined, every);
  const banks = useStaffBanksQuery(undefined, every);
  const receipts = useReceiptsQuery(undefined, every);
  const [recording, setRecording] = useState(false);
  return (
    <main className="mx-auto w-full max-w-3xl flex-1 space-y-3 overflow-auto py-3">
      <header className="flex items-center justify-between gap-2 px-3 lg:px-0">
        <h1 className="text-base font-semibold">Money</h1>
        {mayAct && (
          <Button look="primary" onClick={() => setRecording(true)} data-testid="record-open">
            Record money received
          </Button>
        )}
      </header>
      <Group
        title="Payouts to send"
        empty="Nobody waits for money"
        list={payouts}
        row={(item) => <PayoutRow key={item.id} row={item} mayAct={mayAct} />}
      />
      <Group
        title="Bank accounts to confirm"
        empty="None is new"
        list={banks}
        row={(item) => <BankRow key={item.id} row={item} mayAct={mayAct} />}
      />
      <Group
        title="Money received, to be approved"
        empty="Nothing waits"
        list={receipts}
        row={(item) => <ReceiptRow key={item.id} row={item} mayAct={mayAct} />}
      />
      {recording && <RecordSheet onClose={() => setRecording(false)} />}
    </main>
  );
}
