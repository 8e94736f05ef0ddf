/* Another password, by who knows the old one. */
import { useState, type FormEvent } from "react";
import { useChangePasswordMutation } from "../api/api";
import { apiError } from "../api/errors";
import { useAppDispatch } from "../app/store";
import { toastShown } from "../app/ui-state";
import { FormError } from "../auth/card";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Section } from "./account";

const EMPTY = { old: "", password: "" };
const FIELDS = [
  { key: "old", label: "Password now", autoComplete: "current-password" },
  { key: "password", label: "New password", autoComplete: "new-password" },
] as const;

export function PasswordSection() {
  const dispatch = useAppDispatch();
  const [form, setForm] = useState(EMPTY);
  const [change, { isLoading, error }] = useChangePasswordMutation();
  const problem = error ? apiError(error) : undefined;
  const known = FIELDS.some(({ key }) => key === problem?.field);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isLoading) return;
    const answer = await change(form);
    if (answer.error) return;
    setForm(EMPTY);
    const text = "Other devices were logged out.";
    dispatch(toastShown({ kind: "good", title: "Password changed", text }));
  };
  return (
    <Section title="Password">
      <form onSubmit={(event) => void submit(event)} className="flex max-w-sm flex-col gap-3">
        {FIELDS.map(({ key, ...field }) => (
          <Field
            key={key}
            {...field}
            type="password"
            required
            value={form[key]}
            error={problem?.field === key ? problem.text : undefined}
            onChange={(event) => setForm({ ...form, [key]: event.target.value })}
            data-testid={`password-${key}`}
          />
        ))}
        <FormError text={known ? undefined : problem?.text} />
        <Button type="submit" disabled={isLoading} data-testid="password-submit">
          {isLoading ? "Sending" : "Change the password"}
        </Button>
      </form>
    </Section>
  );
}
