/* Where a code goes: six digits of the app, or a recovery code for who has lost it. */
import { useState } from "react";
import { Field } from "../ui/field";

interface Props {
  value: string;
  onChange: (code: string) => void;
  error?: string | undefined;
  disabled?: boolean;
  /* A step that no recovery code will do for. */
  appOnly?: boolean;
  /* There is no app. */
  recoveryOnly?: boolean;
}

export function CodeField({ value, onChange, error, disabled, appOnly, recoveryOnly }: Props) {
  const [recovery, setRecovery] = useState(recoveryOnly ?? false);
  const turn = () => {
    setRecovery(!recovery);
    onChange("");
  };
  return (
    <div>
      <Field
        label={recovery ? "Recovery code" : "Code from your authenticator app"}
        hint={recovery ? "One of the ten that you kept; it works once." : "Six digits"}
        inputMode={recovery ? "text" : "numeric"}
        autoComplete={recovery ? "off" : "one-time-code"}
        autoCapitalize="characters"
        spellCheck={false}
        maxLength={40}
        autoFocus
        required
        disabled={disabled}
        value={value}
        error={error}
        onChange={(event) => onChange(event.target.value)}
        data-testid="factor-code"
      />
      {!appOnly && !recoveryOnly && !disabled && (
        <button
          type="button"
          className="mt-1 py-1 text-accent underline"
          onClick={turn}
          data-testid="factor-other"
        >
          {recovery ? "Use the app instead" : "Lost the app? Use a recovery code"}
        </button>
      )}
    </div>
  );
}
