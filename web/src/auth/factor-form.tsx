/* Proving it by a second factor, whichever this person has: a passkey, a code, and a recovery code
 * for who has lost them. */
import { useState, type FormEvent } from "react";
import type { ApiError } from "../api/types";
import { Button } from "../ui/button";
import { FormError } from "./card";
import { CodeField } from "./code-field";
import { passkeysWork } from "./passkey";
import { usePasskey, type PasskeySteps } from "./use-passkey";

interface Props {
  byCode: boolean;
  byPasskey: boolean;
  steps: PasskeySteps;
  onCode: (code: string) => void;
  sending: boolean;
  problem?: ApiError | undefined;
  submit: { text: string; busy: string; testId: string };
  /* Nothing that is given here can help any more. */
  over?: boolean;
}

export function FactorForm(props: Props) {
  const { byCode, onCode, sending, problem, submit, over } = props;
  const [code, setCode] = useState("");
  const [lost, setLost] = useState(false);
  const passkey = usePasskey(props.steps);
  const offered = props.byPasskey && passkeysWork() && !over;
  const coded = byCode || lost || !offered;
  const busy = sending || passkey.busy;
  const atField = problem?.field === "code" ? problem.text : undefined;
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!busy && code.trim() !== "") onCode(code.trim());
  };
  return (
    <>
      {offered && (
        <div className="flex flex-col gap-3">
          <Button
            look="primary"
            size="lg"
            disabled={busy}
            onClick={() => void passkey.run()}
            data-testid="factor-passkey"
          >
            {passkey.busy ? "Waiting for your device" : "Use your passkey"}
          </Button>
          <FormError text={passkey.problem?.text} />
        </div>
      )}
      {coded && (
        <form
          onSubmit={send}
          className={offered ? "mt-4 flex flex-col gap-3" : "flex flex-col gap-3"}
        >
          <CodeField
            value={code}
            onChange={setCode}
            disabled={over ?? false}
            error={atField}
            recoveryOnly={!byCode}
          />
          <FormError text={atField ? undefined : problem?.text} />
          {!over && (
            <Button
              type="submit"
              look={offered ? "quiet" : "primary"}
              size="lg"
              disabled={busy}
              data-testid={submit.testId}
            >
              {sending ? submit.busy : submit.text}
            </Button>
          )}
        </form>
      )}
      {!coded && (
        <button
          type="button"
          className="mt-3 w-full py-1 text-center text-accent underline"
          onClick={() => setLost(true)}
          data-testid="factor-lost"
        >
          Lost your passkey? Use a recovery code
        </button>
      )}
    </>
  );
}
