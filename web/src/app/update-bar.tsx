import { useEffect, useState } from "react";
import { Button } from "../ui/button";
import { registerWorker } from "./update";

export function UpdateBar() {
  const [apply, setApply] = useState<(() => void) | null>(null);
  useEffect(() => {
    /* Without the worker the app runs all the same, only not offline. */
    registerWorker((run) => setApply(() => run)).catch(() => undefined);
  }, []);
  if (!apply) return null;
  return (
    <div role="status" className="flex items-center justify-center gap-3 bg-raised px-3 py-1.5">
      A new version of Bijli is ready.
      <Button size="sm" look="primary" onClick={apply}>
        Reload
      </Button>
    </div>
  );
}
