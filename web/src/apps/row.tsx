/* One app in the list, and what can be done with it. */
import { useState, type FormEvent } from "react";
import { apiError } from "../api/errors";
import { FormError } from "../auth/card";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Sheet } from "../ui/sheet";
import { formatTime } from "../ui/time";
import {
  useEndAppMutation,
  useRenewSecretMutation,
  useSetAddressesMutation,
  type AppRow,
  type AppSecret,
} from "./apps-api";
import { Connection } from "./connection";
import { readAddresses } from "./create";
import { LibrarySheet } from "./library";
import { useTold } from "./told";

function AddressSheet({ app, onClose }: { app: AppRow; onClose: () => void }) {
  const [text, setText] = useState(app.ips.join(" "));
  const [forAll, setForAll] = useState(app.ips_for_all);
  const [set, { isLoading, error }] = useSetAddressesMutation();
  const problem = error ? apiError(error) : undefined;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isLoading) return;
    const ips = readAddresses(text);
    const answer = await set({ key: app.api_key, ips, ips_for_all: forAll && ips.length > 0 });
    if (!answer.error) onClose();
  };
  return (
    <Sheet title={`Addresses of ${app.name}`} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <p>Orders of this app are taken from these alone. They change once a week.</p>
        <Field
          label="Addresses, at most two"
          value={text}
          error={problem?.field === "ips" ? problem.text : undefined}
          onChange={(event) => setText(event.target.value)}
          data-testid="addresses"
        />
        <label className="flex items-start gap-2">
          <input
            type="checkbox"
            className="mt-1 size-4 accent-accent"
            checked={forAll}
            onChange={() => setForAll(!forAll)}
          />
          <span>Everything else it asks must come from there too</span>
        </label>
        <FormError text={problem?.field === "ips" ? undefined : problem?.text} />
        <Button
          type="submit"
          look="primary"
          size="lg"
          disabled={isLoading}
          data-testid="addresses-set"
        >
          {isLoading ? "Keeping them" : "Keep these"}
        </Button>
      </form>
    </Sheet>
  );
}

const CONFIRM = {
  secret: {
    title: "New secret",
    text: "The old secret and every connection of this app end at once.",
    button: "Make a new secret",
  },
  end: {
    title: "End this app",
    text: "Its key, its secret and every connection end at once, for good.",
    button: "End it",
  },
} as const;

interface ConfirmProps {
  what: keyof typeof CONFIRM;
  name: string;
  busy: boolean;
  onClose: () => void;
  onYes: () => void;
}

function ConfirmSheet({ what, name, busy, onClose, onYes }: ConfirmProps) {
  const { title, text, button } = CONFIRM[what];
  return (
    <Sheet title={`${title}: ${name}`} onClose={onClose}>
      <p className="mb-3">{text}</p>
      <Button
        look="sell"
        size="lg"
        className="w-full"
        disabled={busy}
        onClick={onYes}
        data-testid="app-confirm"
      >
        {button}
      </Button>
    </Sheet>
  );
}

function OwnActions({ app, onSecret }: { app: AppRow; onSecret: (made: AppSecret) => void }) {
  const [open, setOpen] = useState<"secret" | "end" | "addresses" | "library" | null>(null);
  const [renew, renewing] = useRenewSecretMutation();
  const [end, ending] = useEndAppMutation();
  const told = useTold();
  const close = () => setOpen(null);
  const yes = async () => {
    if (open === "end") await told("Not ended", () => end(app.api_key).unwrap());
    else {
      const made = await told("No new secret", () => renew(app.api_key).unwrap());
      if (made) onSecret(made);
    }
    close();
  };
  return (
    <div className="mt-2 flex flex-wrap gap-2">
      <Button size="sm" onClick={() => setOpen("addresses")} data-testid="app-addresses">
        Addresses
      </Button>
      <Button size="sm" onClick={() => setOpen("library")} data-testid="app-library">
        Log-in
      </Button>
      <Button size="sm" onClick={() => setOpen("secret")} data-testid="app-secret">
        New secret
      </Button>
      <Button size="sm" onClick={() => setOpen("end")} data-testid="app-end">
        End
      </Button>
      {open === "addresses" && <AddressSheet app={app} onClose={close} />}
      {open === "library" && <LibrarySheet app={app} onClose={close} />}
      {(open === "secret" || open === "end") && (
        <ConfirmSheet
          what={open}
          name={app.name}
          busy={renewing.isLoading || ending.isLoading}
          onClose={close}
          onYes={() => void yes()}
        />
      )}
    </div>
  );
}

function loginOf(app: AppRow): string {
  if (app.kite_library) return "a Kite Connect library";
  return app.bound ? "with PKCE, bound to a key" : "with PKCE";
}

export function Row({ app, onSecret }: { app: AppRow; onSecret: (made: AppSecret) => void }) {
  const facts = [
    ["API key", app.api_key],
    ["Leads to", app.redirect_url],
    ["May", (app.connected ? app.granted : app.scopes).join(", ")],
    ["Log-in", loginOf(app)],
    ["Orders from", app.ips.length > 0 ? app.ips.join(", ") : "anywhere"],
    ["Made", formatTime(app.created)],
  ] as const;
  return (
    <li className="border-t border-line py-3 first:border-t-0 first:pt-0" data-testid="app-row">
      <h3 className="font-medium break-words">{app.name}</h3>
      <dl className="mt-1 grid grid-cols-[6.5rem_1fr] gap-y-0.5 text-[13px]">
        {facts
          .filter(([label]) => app.own || label === "May" || label === "Leads to")
          .map(([label, text]) => (
            <div key={label} className="contents">
              <dt className="text-muted">{label}</dt>
              <dd className="break-all">{text}</dd>
            </div>
          ))}
      </dl>
      {app.connected && <Connection app={app} />}
      {app.own && <OwnActions app={app} onSecret={onSecret} />}
    </li>
  );
}
