/* Recovery codes are shown here and never again. */
import { useEffect, useState } from "react";
import { Button } from "../ui/button";
import { Sheet } from "../ui/sheet";

/* The codes as a file for the browser to save. */
function useFile(text: string): string {
  const [url, setUrl] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [text]);
  return url;
}

export function RecoverySheet({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  const [copied, setCopied] = useState(false);
  const text = codes.join("\n") + "\n";
  const file = useFile(text);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      /* Not allowed here: the codes can still be read. */
    }
  };
  return (
    <Sheet title="Your recovery codes" onClose={onClose}>
      <p className="mb-3">
        Keep these where your phone is not. Each lets you in once when the app is lost.{" "}
        <strong>They are not shown again.</strong>
      </p>
      <ol
        className="mb-3 rounded-md border border-line bg-bg p-3 text-center font-mono text-[13px]"
        data-testid="recovery-codes"
      >
        {codes.map((code) => (
          <li key={code} className="py-0.5">
            {code}
          </li>
        ))}
      </ol>
      <div className="flex gap-2">
        <Button className="flex-1" onClick={() => void copy()} data-testid="recovery-copy">
          {copied ? "Copied" : "Copy"}
        </Button>
        <a
          href={file}
          download="bijli-recovery-codes.txt"
          className={
            "inline-flex h-9 flex-1 items-center justify-center rounded-md border border-line " +
            "bg-raised px-3 font-medium hover:border-muted"
          }
          data-testid="recovery-save"
        >
          Save as a file
        </a>
      </div>
      <Button
        look="primary"
        size="lg"
        className="mt-3 w-full"
        onClick={onClose}
        data-testid="recovery-done"
      >
        I have kept them
      </Button>
    </Sheet>
  );
}
