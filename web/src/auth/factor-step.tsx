/* The second step of a log-in: a code from the app, or a recovery code. */
import { useState, type FormEvent } from "react";
import { useLoginFactorMutation } from "../api/api";
import { apiError } from "../api/errors";
import { Button } from "../ui/button";
import { AuthCard, FormError } from "./card";
import { CodeField } from "./code-field";

export function FactorStep({ pending, onAgain }: { pending: string; onAgain: () => void }) {
  const [code, setCode] = useState("");
  const [send, { isLoading, error }] = useLoginFactorMutation();
  const problem = error ? apiError(error) : undefined;
  /* Too late or too often: only the password can begin another one. */
  const over = problem?.code === "not_logged_in";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isLoading && code.trim() !== "") void send({ pending, code: code.trim() });
  };
  return (
    <AuthCard title="One more step">
      <form onSubmit={submit} className="flex flex-col gap-3">
        <CodeField
          value={code}
          onChange={setCode}
          disabled={over}
          error={problem?.field === "code" ? problem.text : undefined}
        />
        <FormError text={problem?.field === "code" ? undefined : problem?.text} />
        {!over && (
          <Button
            type="submit"
            look="primary"
            size="lg"
            disabled={isLoading}
            data-testid="factor-submit"
          >
            {isLoading ? "Logging in" : "Log in"}
          </Button>
        )}
      </form>
      <p className="mt-4 text-center">
        <button
          type="button"
          className="py-1 text-accent underline"
          onClick={onAgain}
          data-testid="factor-again"
        >
          {over ? "Log in again" : "Not you? Start again"}
        </button>
      </p>
    </AuthCard>
  );
}
