import { useTitle } from "../ui/parts";
import { PositionList } from "./list";

export function PositionsPage() {
  useTitle("Positions");
  return (
    <main className="flex-1 bg-panel">
      <h1 className="sr-only">Positions</h1>
      <PositionList />
    </main>
  );
}
