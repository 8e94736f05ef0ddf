import { useState, type FormEvent } from "react";
import { Link } from "react-router";
import { useRegisterMutation } from "../api/api";
import { apiError } from "../api/errors";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { useTitle } from "../ui/parts";
import { AuthCard, FormError } from "./card";

function CheckMail({ email }: { email: string }) {
  return (
    <AuthCard title="Check your mail">
      <p data-testid="signup-sent">
        If <strong>{email}</strong> can open an account, a mail is on its way. Follow the link in it
        to confirm the address; then a code goes to your phone, and you log in.
      </p>
      <Link to="/login" className="mt-4 inline-block py-1 text-accent underline">
        Go to log in
      </Link>
    </AuthCard>
  );
}

const FIELDS = [
  { key: "name", label: "Full name", type: "text", autoComplete: "name" },
  { key: "email", label: "E-mail", type: "email", autoComplete: "email" },
  { key: "phone", label: "Mobile number", type: "tel", autoComplete: "tel" },
  { key: "password", label: "Password", type: "password", autoComplete: "new-password" },
] as const;

const HINTS: Record<string, string> = {
  phone: "An Indian number. We send a code to it; you need it to trade.",
  password: "Long is better than odd: a few words that only you would put together.",
};

export function SignUp() {
  useTitle("Open an account");
  const [form, setForm] = useState({ name: "", email: "", phone: "", password: "" });
  const [register, { isLoading, isSuccess, error }] = useRegisterMutation();
  if (isSuccess) return <CheckMail email={form.email.trim()} />;

  const problem = error ? apiError(error) : undefined;
  const known = FIELDS.some(({ key }) => key === problem?.field);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { name, email, phone, password } = form;
    if (isLoading) return;
    void register({ name: name.trim(), email: email.trim(), phone: phone.trim(), password });
  };
  return (
    <AuthCard title="Open an account">
      <form onSubmit={submit} className="flex flex-col gap-3">
        {FIELDS.map(({ key, ...field }) => (
          <Field
            key={key}
            {...field}
            required
            value={form[key]}
            error={problem?.field === key ? problem.text : undefined}
            hint={HINTS[key]}
            onChange={(event) => setForm({ ...form, [key]: event.target.value })}
            data-testid={`signup-${key}`}
          />
        ))}
        <FormError text={known ? undefined : problem?.text} />
        <Button
          type="submit"
          look="primary"
          size="lg"
          disabled={isLoading}
          data-testid="signup-submit"
        >
          {isLoading ? "Sending" : "Open account"}
        </Button>
      </form>
      <p className="mt-4 text-center text-muted">
        Have one already?{" "}
        <Link to="/login" className="inline-block py-1 text-accent underline">
          Log in
        </Link>
      </p>
    </AuthCard>
  );
}
