/* The second step of a log-in: a passkey, a code from the app, or a recovery code. */
import { useLoginFactorMutation } from "../api/api";
import { apiError } from "../api/errors";
import { useFactorChallengeMutation, useFactorPasskeyMutation } from "../api/passkeys";
import type { FactorAsked } from "../api/types";
import { AuthCard } from "./card";
import { FactorForm } from "./factor-form";

const SUBMIT = { text: "Log in", busy: "Logging in", testId: "factor-submit" };

export function FactorStep({ asked, onAgain }: { asked: FactorAsked; onAgain: () => void }) {
  const { pending, factors } = asked;
  const [send, { isLoading, error }] = useLoginFactorMutation();
  const [challenge, challenged] = useFactorChallengeMutation();
  const [sendPasskey, sent] = useFactorPasskeyMutation();
  const problem = error ? apiError(error) : undefined;
  /* Too late or too often: only the password can begin another one. */
  const ends = [error, challenged.error, sent.error].find(
    (cause) => cause && apiError(cause).code === "not_logged_in",
  );
  return (
    <AuthCard title="One more step">
      <FactorForm
        byCode={factors.includes("code")}
        byPasskey={factors.includes("passkey")}
        steps={{
          ask: () => challenge({ pending }).unwrap(),
          send: (assertion) => sendPasskey({ pending, ...assertion }).unwrap(),
        }}
        onCode={(code) => void send({ pending, code })}
        sending={isLoading}
        problem={ends ? apiError(ends) : problem}
        submit={SUBMIT}
        over={ends !== undefined}
      />
      <p className="mt-4 text-center">
        <button
          type="button"
          className="py-1 text-accent underline"
          onClick={onAgain}
          data-testid="factor-again"
        >
          {ends ? "Log in again" : "Not you? Start again"}
        </button>
      </p>
    </AuthCard>
  );
}
