import { useState, type FormEvent } from "react";
import { Link } from "react-router";
import { useResetMutation } from "../api/api";
import { apiError } from "../api/errors";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { useTitle } from "../ui/parts";
import { AuthCard, FormError } from "./card";
import { useLinkParams } from "./link-token";

/* Where the mail's link leads: a new password, once; a second link in the same tab begins anew. */
export function Reset() {
  useTitle("A new password");
  const token = useLinkParams().get("token") ?? "";
  return <Choose key={token} token={token} />;
}

function Choose({ token }: { token: string }) {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [sentTo, setSentTo] = useState("");
  const [send, { isLoading, data, error }] = useResetMutation();
  const problem = error ? apiError(error) : undefined;
  const done = data !== undefined && "ok" in data;
  const at = (field: string) => (problem?.field === field ? problem.text : undefined);
  /* Without a code: to have one sent, where it needs one. */
  const go = async (withCode: string) => {
    if (isLoading) return;
    const answer = await send({ token, password, ...(withCode ? { code: withCode } : {}) });
    if (answer.data && "sent_to" in answer.data) {
      setSentTo(answer.data.sent_to);
      setCode("");
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void go(sentTo ? code.replace(/\s/g, "") : "");
  };
  return (
    <AuthCard title={done ? "Password changed" : "Choose a new password"}>
      {done && (
        <p data-testid="reset-done">All devices were logged out. Log in with the new password.</p>
      )}
      {!done && token !== "" && (
        <form onSubmit={submit} className="flex flex-col gap-3">
          <Field
            label="New password"
            type="password"
            autoComplete="new-password"
            required
            value={password}
            error={at("password")}
            hint="Long is better than odd: a few words that only you would put together."
            onChange={(event) => setPassword(event.target.value)}
            data-testid="reset-password"
          />
          {sentTo && (
            <Field
              label="Code from the text message"
              hint={`Six digits, sent to ${sentTo}; good for ten minutes.`}
              inputMode="numeric"
              autoComplete="one-time-code"
              maxLength={12}
              autoFocus
              required
              value={code}
              error={at("code")}
              onChange={(event) => setCode(event.target.value)}
              data-testid="reset-code"
            />
          )}
          <FormError text={(at("password") ?? at("code")) ? undefined : problem?.text} />
          <div className="flex flex-wrap gap-2">
            <Button
              type="submit"
              look="primary"
              size="lg"
              className="grow"
              disabled={isLoading}
              data-testid="reset-submit"
            >
              {isLoading ? "Sending" : "Set the password"}
            </Button>
            {sentTo && (
              <Button
                size="lg"
                disabled={isLoading}
                onClick={() => void go("")}
                data-testid="reset-again"
              >
                Send a new code
              </Button>
            )}
          </div>
        </form>
      )}
      {token === "" && <FormError text="This link is not complete." />}
      <Link to="/login" className="mt-4 inline-block py-1 text-accent underline">
        Go to log in
      </Link>
    </AuthCard>
  );
}
