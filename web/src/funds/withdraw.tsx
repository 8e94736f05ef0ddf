/* Money to the primary bank account.  The request has an id from when the sheet opened, so that
 * pressing twice, or sending it again when no answer came, is one payout. */
import { useState, type FormEvent } from "react";
import { apiError } from "../api/errors";
import { useAppDispatch } from "../app/store";
import { toastShown } from "../app/ui-state";
import { FormError } from "../auth/card";
import { parsePaise, plainPaise } from "../money/format";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Sheet } from "../ui/sheet";
import { useAskPayoutMutation, type Bank, type Funds, type Limits } from "./funds-api";
import { rupees } from "./words";

interface Props {
  bank: Bank;
  funds: Funds;
  limits: Limits;
  onClose: () => void;
}

/* What the form says before anybody is asked. */
export function amountWrong(
  paise: number | null,
  free_paise: number,
  { min_paise }: Pick<Limits, "min_paise">,
): string | undefined {
  if (paise === null) return "An amount in rupees, like 1500 or 1500.50";
  if (paise < min_paise && paise !== free_paise) return `At least ${rupees(min_paise)}`;
  if (paise > free_paise) return `At most ${rupees(free_paise)}`;
  return undefined;
}

export function WithdrawSheet({ bank, funds, limits, onClose }: Props) {
  const dispatch = useAppDispatch();
  const [id] = useState(() => crypto.randomUUID());
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  const [ask, { isLoading, error }] = useAskPayoutMutation();
  const paise = parsePaise(text);
  const wrong = amountWrong(paise, funds.free_paise, limits);
  const problem = error ? apiError(error) : undefined;
  const atField = problem?.field === "amount_paise" ? problem.text : undefined;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (isLoading || wrong || paise === null) return;
    const answer = await ask({ id, amount_paise: paise });
    if (!answer.data) return;
    const title = "Withdrawal asked for";
    dispatch(toastShown({ kind: "good", title, text: `${rupees(paise)} to ${bank.number}` }));
    onClose();
  };
  return (
    <Sheet title="Withdraw" onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <p className="text-muted">
          To <span className="text-text">{bank.number}</span> ({bank.ifsc})
        </p>
        <Field
          label="Amount in rupees"
          inputMode="decimal"
          autoComplete="off"
          autoFocus
          required
          value={text}
          hint={`Free now: ${rupees(funds.free_paise)}`}
          error={tried ? (wrong ?? atField) : undefined}
          onChange={(event) => setText(event.target.value)}
          after={
            <Button
              look="bare"
              size="sm"
              className="mr-1.5"
              onClick={() => setText(plainPaise(funds.free_paise))}
            >
              All
            </Button>
          }
          data-testid="withdraw-amount"
        />
        <FormError text={atField ? undefined : problem?.text} />
        <Button
          type="submit"
          look="primary"
          size="lg"
          disabled={isLoading}
          data-testid="withdraw-submit"
        >
          {isLoading ? "Asking" : "Withdraw"}
        </Button>
        <p className="text-xs text-muted">
          You are asked who you are if that was a while ago. The money is held at once, and goes out
          when our staff has sent it.
        </p>
      </form>
    </Sheet>
  );
}
