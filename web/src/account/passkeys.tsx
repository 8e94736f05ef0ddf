/* One's passkeys: which there are, another one, their names, their end. */
import { useState, type FormEvent } from "react";
import {
  useAddChallengeMutation,
  useAddPasskeyMutation,
  useNamePasskeyMutation,
  usePasskeysQuery,
  useRemovePasskeyMutation,
} from "../api/passkeys";
import type { ApiError, Passkey, Security } from "../api/types";
import { useAppDispatch } from "../app/store";
import { toastShown } from "../app/ui-state";
import { FormError } from "../auth/card";
import { makePasskey, passkeysWork } from "../auth/passkey";
import { problemOf } from "../auth/use-passkey";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Failed, Loading } from "../ui/parts";
import { Sheet } from "../ui/sheet";
import { formatTime } from "../ui/time";
import { Section } from "./account";

interface NameProps {
  title: string;
  note: string;
  first: string;
  action: string;
  send: (name: string) => Promise<void>;
  onClose: () => void;
}

/* A name, and what is done with it. */
function NameSheet({ title, note, first, action, send, onClose }: NameProps) {
  const [name, setName] = useState(first);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiError>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || name.trim() === "") return;
    setBusy(true);
    setProblem(undefined);
    try {
      await send(name.trim());
    } catch (cause) {
      setProblem(problemOf(cause));
      setBusy(false);
    }
  };
  const atField = problem?.field === "name" ? problem.text : undefined;
  return (
    <Sheet title={title} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <p>{note}</p>
        <Field
          label="Name"
          hint="To tell your passkeys apart"
          maxLength={40}
          required
          autoFocus
          value={name}
          error={atField}
          onChange={(event) => setName(event.target.value)}
          data-testid="passkey-name"
        />
        <FormError text={atField ? undefined : problem?.text} />
        <Button type="submit" look="primary" size="lg" disabled={busy} data-testid="passkey-submit">
          {busy ? "Waiting" : action}
        </Button>
      </form>
    </Sheet>
  );
}

function RemoveSheet({
  passkey,
  last,
  onClose,
}: {
  passkey: Passkey;
  last: boolean;
  onClose: () => void;
}) {
  const dispatch = useAppDispatch();
  const [remove, { isLoading }] = useRemovePasskeyMutation();
  const send = async () => {
    try {
      await remove(passkey.id).unwrap();
      const text = "It logs in nobody any more. Your device may still show it.";
      dispatch(toastShown({ kind: "note", title: "Passkey removed", text }));
      onClose();
    } catch (cause) {
      const { text } = problemOf(cause);
      dispatch(toastShown({ kind: "bad", title: "Not removed", text }));
    }
  };
  return (
    <Sheet title={`Remove ${passkey.name}`} onClose={onClose}>
      <p className="mb-3">
        {last
          ? "It is all you have besides the password: whoever knows that can then log in as you. Your recovery codes end with it."
          : "It will not log in any more."}
      </p>
      <Button
        look="sell"
        size="lg"
        className="w-full"
        disabled={isLoading}
        onClick={() => void send()}
        data-testid="passkey-remove-confirm"
      >
        {isLoading ? "Removing" : "Remove it"}
      </Button>
    </Sheet>
  );
}

interface RowProps {
  passkey: Passkey;
  onName: () => void;
  onRemove: () => void;
}

function Row({ passkey, onName, onRemove }: RowProps) {
  const used = passkey.used ? `last used ${formatTime(passkey.used)}` : "not used yet";
  return (
    <li
      className="flex flex-wrap items-center justify-between gap-2 py-2"
      data-testid={`passkey-${passkey.id}`}
    >
      <div className="min-w-0">
        <p className="truncate font-medium">{passkey.name}</p>
        <p className="text-xs text-muted">
          Added {formatTime(passkey.created)}, {used}
        </p>
      </div>
      <div className="flex gap-2">
        <Button size="sm" onClick={onName} data-testid="passkey-rename">
          Rename
        </Button>
        <Button size="sm" onClick={onRemove} data-testid="passkey-remove">
          Remove
        </Button>
      </div>
    </li>
  );
}

type Open = { what: "add" } | { what: "name" | "remove"; passkey: Passkey };

interface Props {
  security: Security;
  onCodes: (codes: string[]) => void;
}

export function PasskeySection({ security, onCodes }: Props) {
  const [open, setOpen] = useState<Open | null>(null);
  const { data, isLoading, refetch } = usePasskeysQuery();
  const [challenge] = useAddChallengeMutation();
  const [add] = useAddPasskeyMutation();
  const [rename] = useNamePasskeyMutation();
  const close = () => setOpen(null);
  const sendNew = async (name: string) => {
    const made = await makePasskey(await challenge().unwrap());
    const { recovery_codes: codes } = await add({ name, ...made }).unwrap();
    close();
    if (codes.length > 0) onCodes(codes);
  };
  const sendName = async (id: string, name: string) => {
    await rename({ id, name }).unwrap();
    close();
  };
  return (
    <Section title="Passkeys">
      <p className="mb-2">
        Log in with your finger, face or PIN in place of the password. A passkey stays on your
        device and cannot be guessed.
      </p>
      {isLoading && <Loading what="your passkeys" />}
      {!isLoading && !data && <Failed what="Your passkeys" retry={() => void refetch()} />}
      {data && data.length > 0 && (
        <ul className="mb-3 divide-y divide-line border-y border-line" data-testid="passkeys">
          {data.map((passkey) => (
            <Row
              key={passkey.id}
              passkey={passkey}
              onName={() => setOpen({ what: "name", passkey })}
              onRemove={() => setOpen({ what: "remove", passkey })}
            />
          ))}
        </ul>
      )}
      {passkeysWork() ? (
        <Button
          look={data?.length === 0 ? "primary" : "quiet"}
          onClick={() => setOpen({ what: "add" })}
          data-testid="passkey-add"
        >
          Add a passkey
        </Button>
      ) : (
        <p className="text-muted">This browser has no passkeys.</p>
      )}
      {open?.what === "add" && (
        <NameSheet
          title="Add a passkey"
          note="Your device asks who you are and keeps the passkey."
          first=""
          action="Go on"
          send={sendNew}
          onClose={close}
        />
      )}
      {open?.what === "name" && (
        <NameSheet
          title="Rename"
          note={`Another name for ${open.passkey.name}.`}
          first={open.passkey.name}
          action="Save"
          send={(name) => sendName(open.passkey.id, name)}
          onClose={close}
        />
      )}
      {open?.what === "remove" && (
        <RemoveSheet
          passkey={open.passkey}
          last={!security.totp && data?.length === 1}
          onClose={close}
        />
      )}
    </Section>
  );
}
