/* Funds: what a client has, what of it is free, where it goes, and what has moved it. */
import { useState } from "react";
import { Section } from "../account/account";
import { apiError } from "../api/errors";
import { useAppDispatch } from "../app/store";
import { toastShown } from "../app/ui-state";
import { Button } from "../ui/button";
import { Badge, Failed, Loading, Panel, useTitle } from "../ui/parts";
import { formatTime } from "../ui/time";
import { Banks } from "./banks";
import {
  useCancelPayoutMutation,
  useFundsQuery,
  useLedgerLinesQuery,
  usePayoutsQuery,
  type Funds,
  type FundsAnswer,
  type Payout,
} from "./funds-api";
import { WithdrawSheet } from "./withdraw";
import { lineWord, PAYOUT, payoutNote, rupees, withdrawBar } from "./words";

const PARTS: { key: keyof Funds; label: string }[] = [
  { key: "balance_paise", label: "Balance" },
  { key: "held_paise", label: "Held for withdrawals" },
  { key: "trades_paise", label: "In trades that are not settled" },
  { key: "orders_paise", label: "For open orders" },
];

function Sums({ answer }: { answer: FundsAnswer }) {
  const { funds, banks, limits } = answer;
  const [open, setOpen] = useState(false);
  const bar = withdrawBar(banks, funds.free_paise);
  const primary = banks.find((bank) => bank.primary);
  return (
    <Panel className="border-y p-4 lg:border">
      <div className="flex flex-wrap items-end justify-between gap-3">
        <div>
          <p className="text-xs text-muted">Free to withdraw</p>
          <p
            className="text-2xl font-semibold"
            data-testid="funds-free"
            data-paise={funds.free_paise}
          >
            {rupees(funds.free_paise)}
          </p>
        </div>
        <Button
          look="primary"
          size="lg"
          disabled={bar !== ""}
          onClick={() => setOpen(true)}
          data-testid="withdraw-open"
        >
          Withdraw
        </Button>
      </div>
      {bar && <p className="mt-2 text-muted">{bar}</p>}
      <dl className="mt-3 border-t border-line pt-2">
        {PARTS.map(({ key, label }) => (
          <div key={key} className="flex justify-between gap-3 py-1">
            <dt className="text-muted">{label}</dt>
            <dd data-testid={`funds-${key}`}>{rupees(funds[key])}</dd>
          </div>
        ))}
      </dl>
      {open && primary && (
        <WithdrawSheet
          bank={primary}
          funds={funds}
          limits={limits}
          onClose={() => setOpen(false)}
        />
      )}
    </Panel>
  );
}

function PayoutRow({ payout }: { payout: Payout }) {
  const dispatch = useAppDispatch();
  const [cancel, { isLoading }] = useCancelPayoutMutation();
  const { word, tone } = PAYOUT[payout.state];
  const stop = () =>
    cancel(payout.id)
      .unwrap()
      .catch((cause: unknown) =>
        dispatch(toastShown({ kind: "bad", title: "Not cancelled", text: apiError(cause).text })),
      );
  return (
    <li
      className="flex items-center justify-between gap-3 border-t border-line py-2.5 first:border-t-0"
      data-testid="payout"
      data-state={payout.state}
    >
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-medium">{rupees(payout.amount_paise)}</span>
          <Badge tone={tone}>{word}</Badge>
          <span className="text-muted">{payout.bank.number}</span>
        </p>
        <p className="text-xs break-words text-muted">{payoutNote(payout)}</p>
      </div>
      {payout.state === "pending" && !payout.taken && (
        <Button size="sm" disabled={isLoading} onClick={() => void stop()}>
          Cancel
        </Button>
      )}
    </li>
  );
}

function Payouts() {
  const { data, isLoading, refetch } = usePayoutsQuery();
  return (
    <Section title="Withdrawals">
      {isLoading && <Loading what="your withdrawals" />}
      {!isLoading && !data && <Failed what="Your withdrawals" retry={() => void refetch()} />}
      {data?.length === 0 && <p className="text-muted">None yet.</p>}
      {data && data.length > 0 && (
        <ul>
          {data.map((payout) => (
            <PayoutRow key={payout.id} payout={payout} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function Statement() {
  const { data } = useLedgerLinesQuery();
  if (!data || data.length === 0) return null;
  return (
    <Section title="What moved your money">
      <ul>
        {data.map((line) => (
          <li
            key={line.id}
            className="flex items-baseline justify-between gap-3 border-t border-line py-2 first:border-t-0"
          >
            <span className="min-w-0">
              {lineWord(line)} <span className="text-xs text-muted">{formatTime(line.made)}</span>
            </span>
            <span className="whitespace-nowrap">{rupees(line.amount_paise)}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

export function FundsPage() {
  useTitle("Funds");
  const { data, isLoading, refetch } = useFundsQuery(undefined, {
    refetchOnMountOrArgChange: true,
  });
  return (
    <main className="mx-auto w-full max-w-2xl flex-1 space-y-3 overflow-auto py-3">
      <h1 className="px-4 text-base font-semibold lg:px-0">Funds</h1>
      {isLoading && <Loading what="your money" />}
      {!isLoading && !data && <Failed what="Your money" retry={() => void refetch()} />}
      {data && (
        <>
          <Sums answer={data} />
          <Payouts />
          <Banks banks={data.banks} limits={data.limits} />
          <Statement />
        </>
      )}
    </main>
  );
}
