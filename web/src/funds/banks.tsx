/* The bank accounts that money may go to. */
import { useState, type FormEvent } from "react";
import { Section } from "../account/account";
import { apiError } from "../api/errors";
import { useAppDispatch } from "../app/store";
import { toastShown } from "../app/ui-state";
import { FormError } from "../auth/card";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Badge } from "../ui/parts";
import { Sheet } from "../ui/sheet";
import {
  useAddBankMutation,
  useMakePrimaryMutation,
  useRemoveBankMutation,
  type Bank,
  type Limits,
} from "./funds-api";
import { BANK, bankNote } from "./words";

function AddSheet({ hours, onClose }: { hours: number; onClose: () => void }) {
  const [form, setForm] = useState({ number: "", ifsc: "" });
  const [add, { isLoading, error }] = useAddBankMutation();
  const problem = error ? apiError(error) : undefined;
  const at = (key: string) => (problem?.field === key ? problem.text : undefined);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isLoading) return;
    const answer = await add(form);
    if (!answer.error) onClose();
  };
  return (
    <Sheet title="Add a bank account" onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <p className="text-muted">
          It has to be in your own name. We check that, and no money goes there within {hours}{" "}
          {hours === 1 ? "hour" : "hours"}.
        </p>
        <Field
          label="Account number"
          inputMode="numeric"
          autoComplete="off"
          required
          maxLength={40}
          value={form.number}
          error={at("number")}
          onChange={(event) => setForm({ ...form, number: event.target.value })}
          data-testid="bank-number"
        />
        <Field
          label="IFSC"
          hint="Eleven characters, on your cheques and in your bank's app"
          autoComplete="off"
          autoCapitalize="characters"
          required
          maxLength={11}
          value={form.ifsc}
          error={at("ifsc")}
          onChange={(event) => setForm({ ...form, ifsc: event.target.value })}
          data-testid="bank-ifsc"
        />
        <FormError text={at("number") || at("ifsc") ? undefined : problem?.text} />
        <Button
          type="submit"
          look="primary"
          size="lg"
          disabled={isLoading}
          data-testid="bank-submit"
        >
          {isLoading ? "Adding it" : "Add it"}
        </Button>
      </form>
    </Sheet>
  );
}

function Row({ bank }: { bank: Bank }) {
  const dispatch = useAppDispatch();
  const [makePrimary] = useMakePrimaryMutation();
  const [remove] = useRemoveBankMutation();
  const { word, tone } = BANK[bank.state];
  const note = bankNote(bank);
  const say = (cause: unknown) =>
    dispatch(toastShown({ kind: "bad", title: "Not changed", text: apiError(cause).text }));
  return (
    <li
      className="flex flex-wrap items-center justify-between gap-2 border-t border-line py-2.5 first:border-t-0"
      data-testid={`bank-${bank.id}`}
    >
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-medium">{bank.number}</span>
          <span className="text-muted">{bank.ifsc}</span>
          {bank.primary && <Badge>your money goes here</Badge>}
          <Badge tone={tone}>{word}</Badge>
        </p>
        {note && <p className="text-xs text-muted">{note}</p>}
      </div>
      <div className="ml-auto flex gap-2">
        {!bank.primary && bank.state !== "refused" && (
          <Button size="sm" onClick={() => void makePrimary(bank.id).unwrap().catch(say)}>
            Send money here
          </Button>
        )}
        <Button
          size="sm"
          look="bare"
          onClick={() => void remove(bank.id).unwrap().catch(say)}
          aria-label={`Remove the bank account ${bank.number}`}
        >
          Remove
        </Button>
      </div>
    </li>
  );
}

export function Banks({ banks, limits }: { banks: Bank[]; limits: Limits }) {
  const [adding, setAdding] = useState(false);
  return (
    <Section title="Bank accounts">
      {banks.length === 0 ? (
        <p className="text-muted">None yet.</p>
      ) : (
        <ul>
          {banks.map((bank) => (
            <Row key={bank.id} bank={bank} />
          ))}
        </ul>
      )}
      <Button className="mt-3" onClick={() => setAdding(true)} data-testid="bank-add">
        Add a bank account
      </Button>
      {adding && <AddSheet hours={limits.new_bank_hours} onClose={() => setAdding(false)} />}
    </Section>
  );
}
