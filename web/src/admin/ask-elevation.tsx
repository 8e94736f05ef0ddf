/* Asks for a right for a while: what, for how long, why. */
import { useId, useState } from "react";
import { useAskElevationMutation } from "../api/api";
import { apiError } from "../api/errors";
import { useAppDispatch } from "../app/store";
import { toastShown } from "../app/ui-state";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Segmented } from "../ui/segmented";
import { Sheet } from "../ui/sheet";
import { CHECKS, checksDo, FACTOR_DROP, whatWords } from "./what";

const MINUTES = [15, 30, 60, 240] as const;
const CHOICES = MINUTES.map((minutes) => ({
  value: String(minutes),
  label: minutes < 60 ? `${minutes} min` : `${minutes / 60} h`,
  testId: `ask-minutes-${minutes}`,
}));

function WhatField(props: { mayAsk: string[]; what: string; onChange: (what: string) => void }) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-xs text-muted">
        What you need
      </label>
      <select
        id={id}
        value={props.what}
        onChange={(event) => props.onChange(event.target.value)}
        className="h-10 w-full rounded-md border border-line bg-bg px-2 text-base"
        data-testid="ask-what"
      >
        {props.mayAsk.map((one) => (
          <option key={one} value={one}>
            {whatWords(one)}
          </option>
        ))}
      </select>
    </div>
  );
}

interface AboutProps {
  about: string;
  checks: string[];
  onAbout: (about: string) => void;
  onChecks: (checks: string[]) => void;
}

/* Whose factors, and how it was made sure who asks: the decider reads it. */
function AboutFields({ about, checks, onAbout, onChecks }: AboutProps) {
  const toggle = (name: string, on: boolean) =>
    onChecks(on ? [...checks, name] : checks.filter((one) => one !== name));
  return (
    <>
      <Field
        label="Whose: the user number"
        value={about}
        required
        inputMode="numeric"
        pattern="[1-9][0-9]*"
        maxLength={18}
        onChange={(event) => onAbout(event.target.value)}
        data-testid="ask-about"
      />
      <fieldset>
        <legend className="mb-1 text-xs text-muted">What you have checked</legend>
        {CHECKS.map(({ name, label }) => (
          <label key={name} className="flex gap-2 py-1">
            <input
              type="checkbox"
              className="mt-1 size-4 shrink-0 accent-accent"
              checked={checks.includes(name)}
              onChange={(event) => toggle(name, event.target.checked)}
              data-testid={`ask-check-${name}`}
            />
            <span>{label}</span>
          </label>
        ))}
        <p className="mt-1 text-xs text-muted">The first two together, or the last.</p>
      </fieldset>
    </>
  );
}

export function AskSheet({ mayAsk, onClose }: { mayAsk: string[]; onClose: () => void }) {
  const dispatch = useAppDispatch();
  const [ask, { isLoading }] = useAskElevationMutation();
  const [what, setWhat] = useState(mayAsk[0] ?? "");
  const [minutes, setMinutes] = useState("30");
  const [reason, setReason] = useState("");
  const [about, setAbout] = useState("");
  const [checks, setChecks] = useState<string[]>([]);
  const isAbout = what === FACTOR_DROP;
  const ready = reason.trim() !== "" && (!isAbout || (about.trim() !== "" && checksDo(checks)));
  const send = async () => {
    if (isLoading || !ready) return;
    const more = isAbout ? { about: about.trim(), checks } : {};
    try {
      await ask({ what, minutes: Number(minutes), reason: reason.trim(), ...more }).unwrap();
      const text = "Somebody else has to approve it.";
      dispatch(toastShown({ kind: "good", title: "Asked", text }));
      onClose();
    } catch (cause) {
      dispatch(toastShown({ kind: "bad", title: "Not asked", text: apiError(cause).text }));
    }
  };
  return (
    <Sheet title="Ask for a right" onClose={onClose}>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <WhatField mayAsk={mayAsk} what={what} onChange={setWhat} />
        {isAbout && (
          <AboutFields about={about} checks={checks} onAbout={setAbout} onChecks={setChecks} />
        )}
        <div>
          <p className="mb-1 text-xs text-muted">For how long, once it is approved</p>
          <Segmented label="For how long" value={minutes} choices={CHOICES} onChange={setMinutes} />
        </div>
        <Field
          label="Reason (kept in the audit trail)"
          value={reason}
          required
          maxLength={200}
          onChange={(event) => setReason(event.target.value)}
          data-testid="ask-reason"
        />
        <Button
          type="submit"
          size="lg"
          look="primary"
          disabled={isLoading || !ready}
          data-testid="ask-submit"
        >
          {isLoading ? "Asking" : "Ask"}
        </Button>
      </form>
    </Sheet>
  );
}
