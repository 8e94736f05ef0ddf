/* Where somebody was on the way to.  Only paths of our own: it comes out of the history, which other
 * pages can write. */
export function pathFrom(state: unknown): string {
  const from = (state as { from?: unknown } | null)?.from;
  return typeof from === "string" && /^\/(?!\/)/.test(from) ? from : "/";
}
