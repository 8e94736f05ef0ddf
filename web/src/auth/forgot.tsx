import { useState, type FormEvent } from "react";
import { Link } from "react-router";
import { useForgotMutation } from "../api/api";
import { apiError } from "../api/errors";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { useTitle } from "../ui/parts";
import { AuthCard, FormError } from "./card";

export function Forgot() {
  useTitle("A new password");
  const [email, setEmail] = useState("");
  const [send, { isLoading, isSuccess, error }] = useForgotMutation();
  const problem = error ? apiError(error) : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isLoading) void send({ email: email.trim() });
  };
  return (
    <AuthCard title={isSuccess ? "Check your mail" : "Forgot your password?"}>
      {isSuccess ? (
        <p data-testid="forgot-sent">
          If <strong>{email.trim()}</strong> has an account, a mail with a link is on its way. The
          link works once, for an hour. If the account has no second factor, have its phone at hand:
          a code goes there.
        </p>
      ) : (
        <form onSubmit={submit} className="flex flex-col gap-3">
          <Field
            label="E-mail"
            type="email"
            autoComplete="username"
            required
            value={email}
            error={problem?.field === "email" ? problem.text : undefined}
            onChange={(event) => setEmail(event.target.value)}
            data-testid="forgot-email"
          />
          <FormError text={problem?.field === "email" ? undefined : problem?.text} />
          <Button
            type="submit"
            look="primary"
            size="lg"
            disabled={isLoading}
            data-testid="forgot-submit"
          >
            {isLoading ? "Sending" : "Send me a link"}
          </Button>
        </form>
      )}
      <Link to="/login" className="mt-4 inline-block py-1 text-accent underline">
        Go to log in
      </Link>
    </AuthCard>
  );
}
