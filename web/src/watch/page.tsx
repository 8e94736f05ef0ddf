import { useTitle } from "../ui/parts";
import { Watchlist } from "./watchlist";

export function WatchPage() {
  useTitle("Watchlist");
  return (
    <main className="flex flex-1 flex-col bg-panel">
      <h1 className="sr-only">Watchlist</h1>
      <Watchlist />
    </main>
  );
}
