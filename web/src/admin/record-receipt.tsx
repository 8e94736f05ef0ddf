/* A line of the bank's statement: from which confirmed account of whose, how much, by which
 * reference. */
import { useState, type FormEvent } from "react";
import { apiError } from "../api/errors";
import { FormError } from "../auth/card";
import { useLazyBanksOfQuery, useRecordReceiptMutation } from "../funds/funds-api";
import { parsePaise } from "../money/format";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Sheet } from "../ui/sheet";
import { today } from "../ui/time";

const SELECT = "h-10 w-full rounded-md border border-line bg-bg px-2.5 text-base";

export function RecordSheet({ onClose }: { onClose: () => void }) {
  const [id] = useState(() => crypto.randomUUID());
  const [form, setForm] = useState({ user: "", bank: "", amount: "", utr: "", day: today() });
  const [find, found] = useLazyBanksOfQuery();
  const [record, { isLoading, error }] = useRecordReceiptMutation();
  const banks = found.data?.filter((bank) => bank.state === "ready" || bank.state === "waiting");
  const problem = error ? apiError(error) : undefined;
  const at = (key: string) => (problem?.field === key ? problem.text : undefined);
  const bank_id = form.bank || banks?.[0]?.id;
  const amount_paise = parsePaise(form.amount);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isLoading || !bank_id || !amount_paise) return;
    const body = { id, bank_id, amount_paise, utr: form.utr.trim(), paid_on: form.day };
    const answer = await record(body);
    if (!answer.error) onClose();
  };
  return (
    <Sheet title="Record money received" onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <Field
          label="User number"
          inputMode="numeric"
          required
          value={form.user}
          onChange={(event) => setForm({ ...form, user: event.target.value, bank: "" })}
          onBlur={() => form.user && void find(form.user)}
          error={found.error ? apiError(found.error).text : undefined}
          data-testid="receipt-user"
        />
        <label className="text-xs text-muted">
          From the confirmed bank account
          <select
            className={SELECT}
            value={bank_id ?? ""}
            onChange={(event) => setForm({ ...form, bank: event.target.value })}
            data-testid="receipt-bank"
          >
            {(banks ?? []).map((bank) => (
              <option key={bank.id} value={bank.id}>
                {bank.ifsc} {bank.number}
              </option>
            ))}
          </select>
        </label>
        <Field
          label="Amount in rupees"
          inputMode="decimal"
          required
          value={form.amount}
          error={form.amount && !amount_paise ? "An amount, like 1500.50" : at("amount_paise")}
          onChange={(event) => setForm({ ...form, amount: event.target.value })}
          data-testid="receipt-amount"
        />
        <Field
          label="The bank's reference (UTR)"
          required
          value={form.utr}
          error={at("utr")}
          onChange={(event) => setForm({ ...form, utr: event.target.value.toUpperCase() })}
          data-testid="receipt-utr"
        />
        <Field
          label="Day on the statement"
          type="date"
          required
          max={today()}
          value={form.day}
          error={at("paid_on")}
          onChange={(event) => setForm({ ...form, day: event.target.value })}
        />
        <FormError text={["utr", "paid_on", "amount_paise"].some(at) ? undefined : problem?.text} />
        <Button
          type="submit"
          look="primary"
          size="lg"
          disabled={isLoading || !bank_id}
          data-testid="receipt-submit"
        >
          Record it
        </Button>
      </form>
    </Sheet>
  );
}
