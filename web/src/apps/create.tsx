/* A new app: its name, where it takes people back to, what it may, from where its orders come. */
import { useState, type FormEvent } from "react";
import { apiError } from "../api/errors";
import { FormError } from "../auth/card";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Sheet } from "../ui/sheet";
import { ALL_SCOPES, useCreateAppMutation, type AppSecret, type Scope } from "./apps-api";
import { LibraryBox } from "./library";
import { ScopeBoxes } from "./scope-boxes";

/* "10.0.0.1, 10.0.0.2" as a list. */
export const readAddresses = (text: string) => text.split(/[\s,]+/).filter(Boolean);

const FIELDS = [
  { key: "name", label: "Name", hint: "People who connect see it.", maxLength: 40 },
  {
    key: "redirect_url",
    label: "Redirect URL",
    hint: "https://, or http://localhost for an app on your own machine.",
    maxLength: 300,
  },
] as const;

interface Props {
  /* Whether an app may use a library of Kite's. */
  library: boolean;
  onClose: () => void;
  onDone: (made: AppSecret) => void;
}

export function CreateSheet({ library, onClose, onDone }: Props) {
  const [form, setForm] = useState({ name: "", redirect_url: "", ips: "" });
  const [scopes, setScopes] = useState<Scope[]>(["profile"]);
  const [kite, setKite] = useState(false);
  const [create, { isLoading, error }] = useCreateAppMutation();
  const problem = error ? apiError(error) : undefined;
  const at = (key: string) => (problem?.field === key ? problem.text : undefined);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isLoading) return;
    const body = { name: form.name.trim(), redirect_url: form.redirect_url.trim(), scopes };
    const answer = await create({ ...body, ips: readAddresses(form.ips), kite_library: kite });
    if (answer.data) onDone(answer.data);
  };
  const shown = ["name", "redirect_url", "ips"].includes(problem?.field ?? "");
  return (
    <Sheet title="New API app" onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        {FIELDS.map(({ key, ...field }) => (
          <Field
            key={key}
            {...field}
            required
            value={form[key]}
            error={at(key)}
            onChange={(event) => setForm({ ...form, [key]: event.target.value })}
            data-testid={`app-${key}`}
          />
        ))}
        <fieldset>
          <legend className="mb-1 text-xs text-muted">It may</legend>
          <ScopeBoxes offered={ALL_SCOPES} chosen={scopes} onChange={setScopes} />
        </fieldset>
        {library && <LibraryBox checked={kite} onChange={setKite} />}
        {scopes.includes("orders.write") && (
          <Field
            label="Addresses that orders come from"
            hint="At most two, with a blank between them. Once set they change once a week."
            value={form.ips}
            error={at("ips")}
            onChange={(event) => setForm({ ...form, ips: event.target.value })}
            data-testid="app-ips"
          />
        )}
        <FormError text={shown ? undefined : problem?.text} />
        <Button type="submit" look="primary" size="lg" disabled={isLoading} data-testid="app-make">
          {isLoading ? "Making it" : "Make the app"}
        </Button>
      </form>
    </Sheet>
  );
}
