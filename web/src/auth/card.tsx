import type { ReactNode } from "react";
import { Bolt } from "../ui/icons";

/* The frame around everything a client sees before logging in. */
export function AuthCard({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center px-4 py-8">
      <div className="mb-6 flex items-center gap-2.5 text-xl font-semibold">
        <Bolt size={32} /> Bijli
      </div>
      <div className="w-full max-w-sm rounded-xl border border-line bg-panel p-5">
        <h1 className="mb-4 text-lg font-semibold">{title}</h1>
        {children}
      </div>
      <p className="mt-5 max-w-sm text-center text-xs text-muted">
        NSE shares with live depth and charts. The venue you trade on is shown on every page.
      </p>
    </main>
  );
}

export function FormError({ text }: { text: string | undefined }) {
  if (!text) return null;
  return (
    <p
      role="alert"
      data-testid="form-error"
      className="rounded-md border border-down p-2 text-down"
    >
      {text}
    </p>
  );
}
