/* Small things that every screen uses. */
import clsx from "clsx";
import { useEffect, type ReactNode } from "react";
import { changeBps, formatBps, formatSignedPaise } from "../money/format";

/* Green and an up arrow above zero, red and a down arrow below: never colour alone. */
export function toneOf(value: number): string {
  if (value === 0) return "text-muted";
  return value > 0 ? "text-up" : "text-down";
}

export function Arrow({ value }: { value: number }) {
  if (value === 0) return null;
  return (
    <span aria-hidden="true" className="text-[0.7em]">
      {value > 0 ? "\u25b2" : "\u25bc"}
    </span>
  );
}

interface ChangeProps {
  last_paise: number;
  prev_close_paise: number;
  percentOnly?: boolean;
}

export function Change({ last_paise, prev_close_paise, percentOnly }: ChangeProps) {
  if (last_paise === 0 || prev_close_paise === 0) return <span className="text-muted">-</span>;
  const change = last_paise - prev_close_paise;
  return (
    <span className={clsx("whitespace-nowrap", toneOf(change))}>
      <Arrow value={change} /> {!percentOnly && `${formatSignedPaise(change)} `}
      {percentOnly
        ? formatBps(changeBps(last_paise, prev_close_paise))
        : `(${formatBps(changeBps(last_paise, prev_close_paise))})`}
    </span>
  );
}

const BADGE = {
  plain: "border-line text-muted",
  good: "border-up text-up",
  bad: "border-down text-down",
  warn: "border-transparent bg-warn-bg text-warn",
};

export function Badge({
  tone = "plain",
  children,
}: {
  tone?: keyof typeof BADGE;
  children: ReactNode;
}) {
  return (
    <span
      className={clsx("rounded border px-1.5 py-px text-[11px] whitespace-nowrap", BADGE[tone])}
    >
      {children}
    </span>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="px-4 py-10 text-center">
      <p className="font-medium">{title}</p>
      {children && <p className="mt-1 text-muted">{children}</p>}
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <p role="status" className="px-4 py-8 text-center text-muted">
      Loading {what}
    </p>
  );
}

export function Failed({ what, retry }: { what: string; retry: () => void }) {
  return (
    <div role="alert" className="px-4 py-8 text-center">
      <p>{what} could not be loaded.</p>
      <button type="button" onClick={retry} className="mt-2 h-8 px-3 text-accent underline">
        Try again
      </button>
    </div>
  );
}

export function Panel({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <section className={clsx("border-line bg-panel lg:rounded-lg lg:border", className)}>
      {children}
    </section>
  );
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} \u00b7 Bijli`;
  }, [title]);
}
