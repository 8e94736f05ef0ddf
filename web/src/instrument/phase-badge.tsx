import type { InstrumentState } from "../api/types";
import { Badge } from "../ui/parts";
import { phaseOf } from "./phase";

export function PhaseBadge({ state }: { state: InstrumentState }) {
  const { word, tone } = phaseOf(state);
  return <Badge tone={tone}>{word}</Badge>;
}
