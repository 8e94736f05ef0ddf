/* The second factor: whether there is one, and its beginning, renewal and end. */
import { useState } from "react";
import { useRemoveTotpMutation, useRenewRecoveryMutation } from "../api/api";
import { apiError } from "../api/errors";
import type { Security } from "../api/types";
import { useAppDispatch } from "../app/store";
import { toastShown } from "../app/ui-state";
import { Button } from "../ui/button";
import { Badge } from "../ui/parts";
import { Sheet } from "../ui/sheet";
import { Section } from "./account";
import { EnrolSheet } from "./enrol";
import { RecoverySheet } from "./recovery";

function RemoveSheet({ onClose }: { onClose: () => void }) {
  const dispatch = useAppDispatch();
  const [remove, { isLoading }] = useRemoveTotpMutation();
  const send = async () => {
    try {
      await remove().unwrap();
      const text = "From now on the password alone logs you in.";
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
        Whoever knows your password can then log in as you. Your recovery codes end with it.
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

function Recovery({ left, onCodes }: { left: number; onCodes: (codes: string[]) => void }) {
  const dispatch = useAppDispatch();
  const [renew, { isLoading }] = useRenewRecoveryMutation();
  const send = async () => {
    try {
      onCodes(await renew().unwrap());
    } catch (cause) {
      const { text } = apiError(cause);
      dispatch(toastShown({ kind: "bad", title: "No new codes", text }));
    }
  };
  return (
    <div className="mt-4 border-t border-line pt-3">
      <p data-testid="recovery-left">
        {left === 1 ? "1 recovery code is left." : `${left} recovery codes are left.`}{" "}
        {left < 3 && <Badge tone="warn">Make new ones</Badge>}
      </p>
      <p className="mb-2 text-muted">Each lets you in once without the app. New ones end these.</p>
      <Button disabled={isLoading} onClick={() => void send()} data-testid="recovery-renew">
        Make new recovery codes
      </Button>
    </div>
  );
}

export function FactorSection({ security }: { security: Security }) {
  const [open, setOpen] = useState<"enrol" | "remove" | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const close = () => setOpen(null);
  return (
    <Section title="Authenticator app">
      <p className="mb-2">
        {security.totp ? <Badge tone="good">On</Badge> : <Badge tone="warn">Off</Badge>}{" "}
        <span data-testid="totp-state">
          {security.totp
            ? "Logging in takes your password and a code from your app."
            : "Your password alone logs you in. An app on your phone makes it two things to steal."}
        </span>
      </p>
      {security.totp ? (
        <Button onClick={() => setOpen("remove")} data-testid="totp-remove">
          Remove
        </Button>
      ) : (
        <Button look="primary" onClick={() => setOpen("enrol")} data-testid="totp-enrol">
          Set it up
        </Button>
      )}
      {security.totp && <Recovery left={security.recovery_left} onCodes={setCodes} />}
      {open === "remove" && <RemoveSheet onClose={close} />}
      {open === "enrol" && (
        <EnrolSheet
          onClose={close}
          onDone={(fresh) => {
            close();
            setCodes(fresh);
          }}
        />
      )}
      {codes && <RecoverySheet codes={codes} onClose={() => setCodes(null)} />}
    </Section>
  );
}
