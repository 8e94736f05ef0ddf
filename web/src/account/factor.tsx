/* The authenticator app: whether there is one, its beginning and its end. */
import { useState } from "react";
import { useRemoveTotpMutation } from "../api/api";
import { apiError } from "../api/errors";
import type { Security } from "../api/types";
import { useAppDispatch } from "../app/store";
import { toastShown } from "../app/ui-state";
import { Button } from "../ui/button";
import { Badge } from "../ui/parts";
import { Sheet } from "../ui/sheet";
import { Section } from "./account";
import { EnrolSheet } from "./enrol";

function RemoveSheet({ last, onClose }: { last: boolean; onClose: () => void }) {
  const dispatch = useAppDispatch();
  const [remove, { isLoading }] = useRemoveTotpMutation();
  const send = async () => {
    try {
      await remove().unwrap();
      const text = last
        ? "From now on the password alone logs you in."
        : "Your passkeys are still asked for.";
      dispatch(toastShown({ kind: "note", title: "Authenticator app removed", text }));
      onClose();
    } catch (cause) {
      const { text } = apiError(cause);
      dispatch(toastShown({ kind: "bad", title: "Not removed", text }));
    }
  };
  return (
    <Sheet title="Remove the authenticator app" onClose={onClose}>
      <p className="mb-3">
        {last
          ? "Whoever knows your password can then log in as you. Your recovery codes end with it."
          : "After the password your passkeys are asked for, or a recovery code."}
      </p>
      <Button
        look="sell"
        size="lg"
        className="w-full"
        disabled={isLoading}
        onClick={() => void send()}
        data-testid="totp-remove-confirm"
      >
        {isLoading ? "Removing" : "Remove it"}
      </Button>
    </Sheet>
  );
}

interface Props {
  security: Security;
  onCodes: (codes: string[]) => void;
}

export function FactorSection({ security, onCodes }: Props) {
  const [open, setOpen] = useState<"enrol" | "remove" | null>(null);
  const close = () => setOpen(null);
  return (
    <Section title="Authenticator app">
      <p className="mb-2">
        {security.totp ? <Badge tone="good">On</Badge> : <Badge tone="warn">Off</Badge>}{" "}
        <span data-testid="totp-state">
          {security.totp
            ? "After your password, a code from your app logs you in."
            : security.passkeys > 0
              ? "Your passkeys are asked for after the password; an app is another way."
              : "Your password alone logs you in. An app on your phone makes it two things to steal."}
        </span>
      </p>
      {security.totp ? (
        <Button onClick={() => setOpen("remove")} data-testid="totp-remove">
          Remove
        </Button>
      ) : (
        <Button
          look={security.passkeys > 0 ? "quiet" : "primary"}
          onClick={() => setOpen("enrol")}
          data-testid="totp-enrol"
        >
          Set it up
        </Button>
      )}
      {open === "remove" && <RemoveSheet last={security.passkeys === 0} onClose={close} />}
      {open === "enrol" && (
        <EnrolSheet
          onClose={close}
          onDone={(fresh) => {
            close();
            onCodes(fresh);
          }}
        />
      )}
    </Section>
  );
}
