/* What went wrong, in one shape, whether the server said so or could not be reached. */
import type { ApiError } from "./types";

/* No answer: the request may or may not have been carried out. */
export const NO_ANSWER = "no_answer";

const AWAY: ApiError = { code: NO_ANSWER, text: "No answer from Bijli. Check your connection." };
const ODD: ApiError = { code: "internal", text: "Bijli gave an answer this app cannot read." };

function isApiError(value: unknown): value is ApiError {
  if (typeof value !== "object" || value === null) return false;
  return "code" in value && typeof value.code === "string" && "text" in value;
}

/* From what RTK Query throws: {status: number, data} with an answer, {status: "FETCH_ERROR"}
 * without. */
export function apiError(error: unknown): ApiError {
  if (typeof error !== "object" || error === null || !("status" in error)) return ODD;
  if (error.status === "FETCH_ERROR" || error.status === "TIMEOUT_ERROR") return AWAY;
  const data = "data" in error ? error.data : null;
  if (typeof data !== "object" || data === null || !("error" in data)) return ODD;
  return isApiError(data.error) ? data.error : ODD;
}

/* True when an order was sent and nobody can say yet what became of it.  An unreadable answer (a
 * proxy's error page, say) tells as little as none. */
export function outcomeUnknown(error: ApiError): boolean {
  return [NO_ANSWER, "unknown_outcome", "internal"].includes(error.code);
}
