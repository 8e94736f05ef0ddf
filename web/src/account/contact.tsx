/* Where we write to: the address one logs in with, and the phone number. */
import { useState, type ReactNode } from "react";
import { useContactQuery, useDropContactMutation } from "../api/api";
import type { Contact, ContactKind, ContactWait } from "../api/types";
import { useAppDispatch } from "../app/store";
import { toastShown } from "../app/ui-state";
import { Button } from "../ui/button";
import { Badge, Failed, Loading } from "../ui/parts";
import { Section } from "./account";
import { ContactAsk } from "./contact-ask";
import { ContactCode } from "./contact-code";

const DONE = {
  email: { title: "E-mail address changed", text: "Other devices were logged out." },
  phone: { title: "Phone number verified", text: "It belongs to your account now." },
};

function Waiting({ kind, wait }: { kind: ContactKind; wait: ContactWait }) {
  const dispatch = useAppDispatch();
  const [drop, { isLoading }] = useDropContactMutation();
  return (
    <div className="mt-3 rounded-md border border-line p-3">
      <p className="mb-3 break-words">
        <strong data-testid={`${kind}-wait`}>{wait.to}</strong> waits for its code; until then
        nothing changes.
      </p>
      <ContactCode
        kind={kind}
        wait={wait}
        onDone={() => dispatch(toastShown({ kind: "good", ...DONE[kind] }))}
      />
      <button
        type="button"
        className="mt-2 py-1 text-accent underline"
        disabled={isLoading}
        onClick={() => void drop(kind)}
        data-testid={`${kind}-drop`}
      >
        Give it up
      </button>
    </div>
  );
}

interface RowProps {
  kind: ContactKind;
  title: string;
  now: ReactNode;
  button: string | null; // to change it
  wait: ContactWait | null;
}

function Row({ kind, title, now, button, wait }: RowProps) {
  const [asking, setAsking] = useState(false);
  return (
    <div className="border-t border-line py-3 first:border-0 first:pt-0 last:pb-0">
      <div className="flex items-start justify-between gap-3">
        <div className="min-w-0">
          <h3 className="text-muted">{title}</h3>
          <p className="break-words" data-testid={`${kind}-now`}>
            {now}
          </p>
        </div>
        {!asking && button && (
          <Button
            className="shrink-0"
            onClick={() => setAsking(true)}
            data-testid={`${kind}-change`}
          >
            {button}
          </Button>
        )}
      </div>
      {asking ? (
        <div className="mt-3">
          <ContactAsk
            kind={kind}
            onAsked={() => setAsking(false)}
            onCancel={() => setAsking(false)}
          />
        </div>
      ) : (
        wait && <Waiting kind={kind} wait={wait} />
      )}
    </div>
  );
}

interface RowsProps {
  contact: Contact;
  codesOnly: boolean;
}

function Rows({ contact: { email, phone }, codesOnly }: RowsProps) {
  const button = (word: string) => (codesOnly ? null : word);
  return (
    <>
      <p className="mb-3 text-muted">
        {codesOnly
          ? "What waits for a code can be verified or given up now. To change anything, take the step above first."
          : "You log in with the address, and we tell you of changes to your account. A change counts once a code has come back; for seven days a link in a mail takes it back."}
      </p>
      <Row
        kind="email"
        title="E-mail"
        now={email.now}
        button={button("Change")}
        wait={email.wait}
      />
      <Row
        kind="phone"
        title="Phone"
        now={
          phone.now ? (
            <>
              {phone.now} <Badge tone="good">Verified</Badge>
            </>
          ) : (
            <>None yet {phone.due && <Badge tone="warn">Needed to trade</Badge>}</>
          )
        }
        button={button(phone.now ? "Change" : "Add")}
        wait={phone.wait}
      />
    </>
  );
}

/* codesOnly: before the second factor that is demanded. */
export function ContactSection({ codesOnly = false }: { codesOnly?: boolean }) {
  const { data, isLoading, refetch } = useContactQuery();
  return (
    <Section title="Address and phone">
      {isLoading && <Loading what="where we write to" />}
      {!isLoading && !data && <Failed what="Where we write to" retry={() => void refetch()} />}
      {data && <Rows contact={data} codesOnly={codesOnly} />}
    </Section>
  );
}
