/* What the server says of a work computer, in people's words. */
import { formatTime } from "../ui/time";
import type { WorkDevice } from "./devices-api";

export const STATE: Record<
  WorkDevice["state"],
  { word: string; tone: "plain" | "good" | "bad" | "warn" }
> = {
  waits: { word: "Waits", tone: "warn" },
  lapsed: { word: "Not decided in time", tone: "plain" },
  refused: { word: "Refused", tone: "bad" },
  good: { word: "May be used", tone: "good" },
  revoked: { word: "Revoked", tone: "bad" },
  over: { word: "Run out", tone: "plain" },
};

export function whoWord(who: string): string {
  return who === "operator" ? "the operator" : who.replace(/^user:/, "user ");
}

export function factsWord(row: WorkDevice): string {
  const facts = [`asked by ${whoWord(row.asked_by)} ${formatTime(row.asked)}`];
  if (row.decided_by) {
    const yes = row.serial ? "given" : "refused";
    facts.push(`${yes} by ${whoWord(row.decided_by)} ${formatTime(row.decided)}`);
  }
  if (row.revoked_by)
    facts.push(`revoked by ${whoWord(row.revoked_by)} ${formatTime(row.revoked)}`);
  else if (row.expires) facts.push(`until ${row.expires.slice(0, 10)}`);
  return facts.join(", ");
}
