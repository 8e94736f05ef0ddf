import type { Status } from "../api/types";

type Venue = Pick<Status, "venue" | "simulated">;

/* What is bought and sold here is nobody's. */
export const isPaper = (status: Venue): boolean => status.venue === "internal" || status.simulated;

export function venueTitle({ venue }: Venue): string {
  const market = venue === "internal" ? "on Bijli's own market" : "at a simulator of the exchange";
  return `Orders trade ${market}, not at NSE`;
}
