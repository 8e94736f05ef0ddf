/* What we hold of a person, what they have agreed to, and the way out. */
import { useState } from "react";
import { Link } from "react-router";
import {
  useAskErasureMutation,
  useConsentMutation,
  useExportMutation,
  usePrivacyQuery,
  useWithdrawErasureMutation,
} from "../api/api";
import { apiError } from "../api/errors";
import type { Consent, ExportFormat, Privacy, RetentionRule } from "../api/types";
import { useAppDispatch } from "../app/store";
import { toastShown } from "../app/ui-state";
import { FormError } from "../auth/card";
import { Button } from "../ui/button";
import { Badge, Failed, Loading, useTitle } from "../ui/parts";
import { formatTime } from "../ui/time";
import { Section } from "./account";
import { exportFile, ruleWords } from "./privacy-words";

function save(name: string, parts: BlobPart[], type: string) {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 60_000); /* the browser reads it after the click */
}

const FORMATS: { format: ExportFormat; label: string }[] = [
  { format: "pdf", label: "To read (PDF)" },
  { format: "json", label: "For a program (JSON)" },
];

function ExportSection() {
  const [fetchExport, { isLoading, error }] = useExportMutation();
  const run = async (format: ExportFormat) => {
    const answer = await fetchExport(format);
    if (!answer.data) return;
    const file = exportFile(answer.data, new Date());
    save(file.name, [file.data], file.type);
  };
  return (
    <Section title="A copy of what we hold">
      <p className="mb-3 text-muted">
        Your account, orders, trades, log-ins and agreements, what each is kept for and how long.
        Passwords and keys are not in it.
      </p>
      <div className="flex flex-wrap gap-2">
        {FORMATS.map(({ format, label }) => (
          <Button
            key={format}
            disabled={isLoading}
            onClick={() => void run(format)}
            data-testid={`export-${format}`}
          >
            {label}
          </Button>
        ))}
      </div>
      <FormError text={error ? apiError(error).text : undefined} />
    </Section>
  );
}

function ConsentRow({ consent }: { consent: Consent }) {
  const [put, { isLoading, error }] = useConsentMutation();
  const { purpose, version, given } = consent;
  return (
    <li className="border-t border-line py-3 first:border-0 first:pt-0">
      <div className="flex items-start justify-between gap-3">
        <div>
          <h3 className="font-medium">{consent.title}</h3>
          <p className="mt-0.5 text-muted">{consent.words}</p>
          {consent.at && (
            <p className="mt-0.5 text-muted">
              {given ? "Agreed" : "Withdrawn"} {formatTime(consent.at)}
            </p>
          )}
        </div>
        {consent.required ? (
          <Badge>Needed</Badge>
        ) : (
          <Button
            disabled={isLoading}
            className="shrink-0"
            aria-pressed={given}
            onClick={() => void put({ purpose, version, given: !given })}
            data-testid={`consent-${purpose}`}
          >
            {given ? "Withdraw" : "Agree"}
          </Button>
        )}
      </div>
      <FormError text={error ? apiError(error).text : undefined} />
    </li>
  );
}

function ErasureSection({ privacy }: { privacy: Privacy }) {
  const dispatch = useAppDispatch();
  const [sure, setSure] = useState(false);
  const [ask, asked] = useAskErasureMutation();
  const [withdraw, withdrawn] = useWithdrawErasureMutation();
  const error = asked.error ?? withdrawn.error;
  const run = async () => {
    setSure(false);
    const answer = await ask();
    if (answer.error) return;
    const text = "We have written to you. You can take it back until then.";
    dispatch(toastShown({ kind: "good", title: "Your account will be erased", text }));
  };
  return (
    <Section title="Erase my account">
      {privacy.erasure ? (
        <>
          <p className="mb-3" data-testid="erasure-due">
            Your account is erased after <strong>{formatTime(privacy.erasure.due)}</strong>.
          </p>
          <Button
            look="primary"
            disabled={withdrawn.isLoading}
            onClick={() => void withdraw()}
            data-testid="erasure-withdraw"
          >
            Keep my account
          </Button>
        </>
      ) : (
        <>
          <p className="mb-3 text-muted">
            48 hours after you ask, your e-mail address, phone number, password, devices and log-ins
            are erased, and nobody can log in any more. What the law asks us to keep stays under the
            account&rsquo;s number: orders and trades, your name if you have traded, and the record
            of what was done.
          </p>
          {sure ? (
            <div className="flex flex-wrap gap-2">
              <Button look="sell" onClick={() => void run()} data-testid="erasure-sure">
                Yes, erase it
              </Button>
              <Button onClick={() => setSure(false)}>No</Button>
            </div>
          ) : (
            <Button
              disabled={asked.isLoading}
              onClick={() => setSure(true)}
              data-testid="erasure-ask"
            >
              Erase my account
            </Button>
          )}
        </>
      )}
      <FormError text={error ? apiError(error).text : undefined} />
    </Section>
  );
}

function Rules({ rules }: { rules: RetentionRule[] }) {
  return (
    <Section title="How long we keep it">
      <dl className="space-y-2">
        {rules.map((rule) => (
          <div key={rule.what}>
            <dt className="font-medium">{ruleWords(rule)}</dt>
            <dd className="text-muted">{rule.basis}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

export function PrivacyPage() {
  useTitle("Privacy");
  const { data, isLoading, refetch } = usePrivacyQuery();
  return (
    <main className="mx-auto w-full max-w-2xl flex-1 space-y-3 overflow-auto py-3">
      <header className="flex items-baseline justify-between px-4 lg:px-0">
        <h1 className="text-base font-semibold">Privacy</h1>
        <Link to="/account" className="py-1 text-accent underline">
          Account
        </Link>
      </header>
      <ExportSection />
      {isLoading && <Loading what="what you have agreed to" />}
      {!isLoading && !data && (
        <Failed what="What you have agreed to" retry={() => void refetch()} />
      )}
      {data && (
        <>
          <Section title="What you have agreed to">
            <ul>
              {data.consents.map((consent) => (
                <ConsentRow key={consent.purpose} consent={consent} />
              ))}
            </ul>
          </Section>
          <ErasureSection privacy={data} />
          <Rules rules={data.rules} />
        </>
      )}
    </main>
  );
}
