import type { ReactNode } from "react";
import { Field } from "../ui/field";
import { Icon } from "../ui/icons";

interface Props {
  label: string;
  value: string;
  onChange: (text: string) => void;
  onStep: (direction: 1 | -1) => void;
  error?: string | undefined;
  hint?: ReactNode;
  disabled?: boolean;
  decimal?: boolean;
  placeholder?: string;
  className?: string;
  testId: string;
}

/* A number that can be typed or stepped; arrow keys step too. */
export function Stepper(props: Props) {
  const { label, value, onChange, onStep, error, hint, disabled, decimal, placeholder, testId } =
    props;
  const button = (direction: 1 | -1) => (
    <button
      type="button"
      tabIndex={-1}
      disabled={disabled}
      aria-label={`${label} ${direction > 0 ? "up" : "down"}`}
      className={
        "flex h-full w-9 items-center justify-center border-l border-line " +
        "text-muted hover:text-text"
      }
      onClick={() => onStep(direction)}
    >
      <Icon name={direction > 0 ? "plus" : "minus"} size={14} />
    </button>
  );
  return (
    <Field
      className={props.className}
      label={label}
      value={value}
      error={error}
      hint={hint}
      disabled={disabled}
      placeholder={placeholder}
      inputMode={decimal ? "decimal" : "numeric"}
      autoComplete="off"
      data-testid={testId}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={(event) => {
        if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
        event.preventDefault();
        onStep(event.key === "ArrowUp" ? 1 : -1);
      }}
      after={
        <>
          {button(-1)}
          {button(1)}
        </>
      }
    />
  );
}
