/* A new address or number; a code goes to it. */
import { useState, type FormEvent } from "react";
import { useAskContactMutation } from "../api/api";
import { apiError } from "../api/errors";
import type { ContactKind } from "../api/types";
import { FormError } from "../auth/card";
import { Button } from "../ui/button";
import { Field } from "../ui/field";

const WORDS = {
  email: { label: "New e-mail address", type: "email", autoComplete: "email" },
  phone: { label: "Mobile number", type: "tel", autoComplete: "tel" },
} as const;

interface Props {
  kind: ContactKind;
  onAsked: () => void;
  onCancel?: () => void;
}

export function ContactAsk({ kind, onAsked, onCancel }: Props) {
  const [to, setTo] = useState("");
  const [ask, { isLoading, error }] = useAskContactMutation();
  const problem = error ? apiError(error) : undefined;
  const atField = problem?.field === kind ? problem.text : undefined;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isLoading || to.trim() === "") return;
    const answer = await ask({ kind, to: to.trim() });
    if (answer.data) onAsked();
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="flex max-w-sm flex-col gap-3">
      <Field
        {...WORDS[kind]}
        hint={
          kind === "phone" ? "An Indian number. We send a code to it." : "We send a code to it."
        }
        required
        value={to}
        error={atField}
        onChange={(event) => setTo(event.target.value)}
        data-testid={`${kind}-new`}
      />
      <FormError text={atField ? undefined : problem?.text} />
      <div className="flex flex-wrap gap-2">
        <Button
          type="submit"
          look="primary"
          disabled={isLoading}
          data-testid={`${kind}-new-submit`}
        >
          {isLoading ? "Sending" : "Send me a code"}
        </Button>
        {onCancel && <Button onClick={onCancel}>Cancel</Button>}
      </div>
    </form>
  );
}
