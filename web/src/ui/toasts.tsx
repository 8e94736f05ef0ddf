/* Results, said once and quietly; refusals stay longer, for they need to be read.  A toast never
 * takes a click meant for what lies beneath it: only its own button does. */
import clsx from "clsx";
import { useEffect } from "react";
import { useAppDispatch, useAppSelector } from "../app/store";
import { toastGone, type Toast } from "../app/ui-state";
import { Icon } from "./icons";

const SHOWN_MS = { good: 6_000, note: 6_000, bad: 12_000 };
const EDGE = { good: "border-l-up", bad: "border-l-down", note: "border-l-accent" };

function ToastCard({ toast }: { toast: Toast }) {
  const dispatch = useAppDispatch();
  useEffect(() => {
    const timer = setTimeout(() => dispatch(toastGone(toast.id)), SHOWN_MS[toast.kind]);
    return () => clearTimeout(timer);
  }, [dispatch, toast]);
  return (
    <div
      data-testid="toast"
      data-kind={toast.kind}
      className={clsx(
        "flex items-start gap-2 rounded-md border border-l-4 border-line",
        "bg-raised p-3 shadow-lg",
        EDGE[toast.kind],
      )}
    >
      <div className="min-w-0 flex-1">
        <p className="font-medium">{toast.title}</p>
        {toast.text && <p className="text-muted">{toast.text}</p>}
      </div>
      <button
        type="button"
        aria-label="Dismiss"
        className="pointer-events-auto flex size-7 items-center justify-center text-muted"
        onClick={() => dispatch(toastGone(toast.id))}
      >
        <Icon name="close" size={16} />
      </button>
    </div>
  );
}

export function Toasts() {
  const toasts = useAppSelector((state) => state.ui.toasts);
  return (
    <div
      role="status"
      aria-live="polite"
      className={clsx(
        "pointer-events-none fixed inset-x-3 bottom-32 z-50 flex flex-col gap-2",
        "sm:left-auto sm:w-96 lg:bottom-4",
      )}
    >
      {toasts.map((toast) => (
        <ToastCard key={toast.id} toast={toast} />
      ))}
    </div>
  );
}
