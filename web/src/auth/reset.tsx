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
  const [send, { isLoading, isSuccess, error }] = useResetMutation();
  const problem = error ? apiError(error) : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isLoading) void send({ token, password });
  };
  return (
    <AuthCard title={isSuccess ? "Password changed" : "Choose a new password"}>
      {isSuccess && (
        <p data-testid="reset-done">All devices were logged out. Log in with the new password.</p>
      )}
      {!isSuccess && token !== "" && (
        <form onSubmit={submit} className="flex flex-col gap-3">
          <Field
            label="New password"
            type="password"
            autoComplete="new-password"
            required
            value={password}
            error={problem?.field === "password" ? problem.text : undefined}
            hint="Long is better than odd: a few words that only you would put together."
            onChange={(event) => setPassword(event.target.value)}
            data-testid="reset-password"
          />
          <FormError text={problem?.field === "password" ? undefined : problem?.text} />
          <Button
            type="submit"
            look="primary"
            size="lg"
            disabled={isLoading}
            data-testid="reset-submit"
          >
            {isLoading ? "Sending" : "Set the password"}
          </Button>
        </form>
      )}
      {token === "" && <FormError text="This link is not complete." />}
      <Link to="/login" className="mt-4 inline-block py-1 text-accent underline">
        Go to log in
      </Link>
    </AuthCard>
  );
}
