/* One of a few: a radio group that looks like joined buttons. */
import clsx from "clsx";
import { ToggleGroup } from "radix-ui";

export interface Choice<T extends string> {
  value: T;
  label: string;
  testId?: string;
  /* Classes while chosen, where the plain look would not say enough. */
  on?: string;
}

interface Props<T extends string> {
  label: string;
  value: T;
  choices: readonly Choice<T>[];
  onChange: (value: T) => void;
  className?: string;
  small?: boolean;
}

export function Segmented<T extends string>(props: Props<T>) {
  const { label, value, choices, onChange, className, small } = props;
  return (
    <ToggleGroup.Root
      type="single"
      value={value}
      aria-label={label}
      className={clsx("flex rounded-md border border-line bg-bg p-0.5", className)}
      onValueChange={(next) => {
        const choice = choices.find((one) => one.value === next);
        if (choice) onChange(choice.value);
      }}
    >
      {choices.map((choice) => (
        <ToggleGroup.Item
          key={choice.value}
          value={choice.value}
          data-testid={choice.testId}
          className={clsx(
            "min-w-8 flex-auto rounded px-2.5 font-medium",
            small ? "h-6 text-xs" : "h-8",
            choice.value === value ? (choice.on ?? "bg-raised text-text") : "text-muted",
          )}
        >
          {choice.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
