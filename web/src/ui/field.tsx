/* A labelled input with its error beneath, tied together for screen readers. */
import clsx from "clsx";
import { useId, type InputHTMLAttributes, type ReactNode } from "react";

interface Props extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  /* Buttons that stand inside the box, at its right end. */
  after?: ReactNode;
}

export function Field({ label, hint, error, after, className, ...input }: Props) {
  const id = useId();
  const noteId = `${id}-note`;
  const note = error ?? hint;
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1 block text-xs text-muted">
        {label}
      </label>
      <div
        className={clsx(
          "flex h-10 items-center overflow-hidden rounded-md border bg-bg",
          "focus-within:outline-2 focus-within:outline-accent",
          error ? "border-down" : "border-line",
          input.disabled && "opacity-60",
        )}
      >
        <input
          id={id}
          className="h-full min-w-0 flex-1 bg-transparent px-2.5 text-base outline-none"
          aria-invalid={error ? true : undefined}
          aria-describedby={note ? noteId : undefined}
          {...input}
        />
        {after}
      </div>
      {note && (
        <p
          id={noteId}
          className={clsx("mt-1 text-xs break-words", error ? "text-down" : "text-muted")}
          role={error ? "alert" : undefined}
        >
          {note}
        </p>
      )}
    </div>
  );
}
