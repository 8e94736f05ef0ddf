/* One press of a button: a challenge, the browser's own dialog, and its answer to the server. */
import { useState } from "react";
import { apiError } from "../api/errors";
import type { ApiError, Assertion, PasskeyChallenge } from "../api/types";
import { askPasskey, browserProblem } from "./passkey";

export interface PasskeySteps {
  ask: () => Promise<PasskeyChallenge>;
  send: (assertion: Assertion) => Promise<unknown>;
}

export function problemOf(cause: unknown): ApiError {
  const text = browserProblem(cause);
  return text ? { code: "browser", text } : apiError(cause);
}

export function usePasskey({ ask, send }: PasskeySteps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiError>();
  const run = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await send(await askPasskey(await ask()));
    } catch (cause) {
      setProblem(problemOf(cause));
    }
    setBusy(false);
  };
  return { busy, problem, run };
}
