import { useEffect } from "react";
import { Button } from "../ui/button";
import { Bolt } from "../ui/icons";

/* The app came from the cache, the server did not answer: nothing of a client's may be shown from
 * memory. */
export function OfflineScreen({ away, retry }: { away: boolean; retry: () => void }) {
  useEffect(() => {
    window.addEventListener("online", retry);
    return () => window.removeEventListener("online", retry);
  }, [retry]);
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-3 px-6 text-center">
      <Bolt size={48} />
      <h1 className="text-lg font-semibold">{away ? "Offline" : "Bijli is not available"}</h1>
      <p className="max-w-sm text-muted">
        {away
          ? "Bijli cannot be reached. Prices and orders are shown only when they are live."
          : "The server answered with an error. Your orders at the exchange are not affected."}
      </p>
      <Button look="primary" onClick={retry}>
        Try again
      </Button>
    </main>
  );
}
