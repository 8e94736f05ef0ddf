import { useState, type FormEvent } from "react";
import { Link, Navigate, useLocation } from "react-router";
import { useLoginMutation } from "../api/api";
import { apiError } from "../api/errors";
import { useAppSelector } from "../app/store";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { useTitle } from "../ui/parts";
import { AuthCard, FormError } from "./card";
import { FactorStep } from "./factor-step";
import { pathFrom } from "./from";
import { PasskeyLogin } from "./passkey-login";

export function Login() {
  useTitle("Log in");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [login, { isLoading, error, data, reset }] = useLoginMutation();
  const phase = useAppSelector((state) => state.session.phase);
  const location = useLocation();
  if (phase === "in") return <Navigate to={pathFrom(location.state)} replace />;

  if (data && "next" in data) return <FactorStep asked={data} onAgain={reset} />;
  const problem = error ? apiError(error) : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isLoading) void login({ email: email.trim(), password });
  };
  return (
    <AuthCard title="Log in">
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field
          label="E-mail"
          type="email"
          autoComplete="username"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
          data-testid="login-email"
        />
        <Field
          label="Password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          data-testid="login-password"
        />
        <FormError text={problem?.text} />
        <Button
          type="submit"
          look="primary"
          size="lg"
          disabled={isLoading}
          data-testid="login-submit"
        >
          {isLoading ? "Logging in" : "Log in"}
        </Button>
      </form>
      <PasskeyLogin />
      <p className="mt-4 text-center">
        <Link to="/forgot" className="inline-block py-1 text-accent underline">
          Forgot your password?
        </Link>
      </p>
      <p className="mt-2 text-center text-muted">
        New here?{" "}
        <Link to="/signup" className="inline-block py-1 text-accent underline">
          Open an account
        </Link>
      </p>
    </AuthCard>
  );
}
