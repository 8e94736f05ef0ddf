/* Waiting time before the n-th reconnect: doubles from 250 ms to 8 s, and a random half of it is
 * left out, so that clients that lost the same server do not come back at the same moment. */
const FIRST_MS = 250;
const MAX_MS = 8_000;

export function backoffMs(attempt: number, random: number): number {
  const full = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(full / 2 + (full / 2) * random);
}
