/* The code that went to a new address or number: to enter it, to have another one sent. */
import { useState, type FormEvent } from "react";
import { useConfirmContactMutation, useContactCodeMutation } from "../api/api";
import { apiError } from "../api/errors";
import type { ContactKind, ContactWait } from "../api/types";
import { FormError } from "../auth/card";
import { Button } from "../ui/button";
import { Field } from "../ui/field";

interface Props {
  kind: ContactKind;
  wait: ContactWait;
  onDone?: () => void;
}

export function ContactCode({ kind, wait, onDone }: Props) {
  const [code, setCode] = useState("");
  const [sentAgain, setSentAgain] = useState(false);
  const [confirm, { isLoading, error, reset }] = useConfirmContactMutation();
  const [again, resent] = useContactCodeMutation();
  const problem = error ? apiError(error) : resent.error ? apiError(resent.error) : undefined;
  const atField = problem?.field === "code" ? problem.text : undefined;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isLoading || code.trim() === "") return;
    setSentAgain(false);
    const answer = await confirm({ kind, code: code.replace(/\s/g, "") });
    if (answer.data) onDone?.();
  };
  const send = async () => {
    reset();
    setCode("");
    const answer = await again(kind);
    setSentAgain(answer.data !== undefined);
  };
  const hint = sentAgain
    ? "A new code is on its way; the old one works no more."
    : wait.until === ""
      ? "No code was sent yet: ask for one."
      : `Six digits, sent to ${wait.to}; good for ten minutes.`;
  return (
    <form onSubmit={(event) => void submit(event)} className="flex max-w-sm flex-col gap-3">
      <Field
        label={kind === "phone" ? "Code from the text message" : "Code from the mail"}
        hint={hint}
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={12}
        required
        value={code}
        error={atField}
        onChange={(event) => setCode(event.target.value)}
        data-testid={`${kind}-code`}
      />
      <FormError text={atField ? undefined : problem?.text} />
      <div className="flex flex-wrap gap-2">
        <Button
          type="submit"
          look="primary"
          disabled={isLoading}
          data-testid={`${kind}-code-submit`}
        >
          {isLoading ? "Checking" : "Verify"}
        </Button>
        <Button
          disabled={resent.isLoading}
          onClick={() => void send()}
          data-testid={`${kind}-code-again`}
        >
          Send a new code
        </Button>
      </div>
    </form>
  );
}
