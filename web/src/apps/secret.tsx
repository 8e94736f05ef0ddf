/* An app's secret is shown here and never again. */
import { useState } from "react";
import { Button } from "../ui/button";
import { Sheet } from "../ui/sheet";
import type { AppSecret } from "./apps-api";

const ROWS = [
  { key: "api_key", label: "API key" },
  { key: "api_secret", label: "API secret" },
] as const;

export function SecretSheet({ made, onClose }: { made: AppSecret; onClose: () => void }) {
  const [copied, setCopied] = useState("");
  const copy = async (key: "api_key" | "api_secret") => {
    try {
      await navigator.clipboard.writeText(made[key]);
      setCopied(key);
    } catch {
      /* Not allowed here: it can still be read. */
    }
  };
  return (
    <Sheet title="The app's key and secret" onClose={onClose}>
      <p className="mb-3">
        Keep the secret where only the app reads it. <strong>The secret is not shown again.</strong>
      </p>
      {ROWS.map(({ key, label }) => (
        <div key={key} className="mb-3">
          <p className="mb-1 text-xs text-muted">{label}</p>
          <div className="flex items-start gap-2">
            <code
              className="min-w-0 flex-1 rounded-md border border-line bg-bg p-2 break-all"
              data-testid={key}
            >
              {made[key]}
            </code>
            <Button onClick={() => void copy(key)} aria-label={`Copy the ${label}`}>
              {copied === key ? "Copied" : "Copy"}
            </Button>
          </div>
        </div>
      ))}
      <Button
        look="primary"
        size="lg"
        className="w-full"
        onClick={onClose}
        data-testid="secret-done"
      >
        I have kept it
      </Button>
    </Sheet>
  );
}
