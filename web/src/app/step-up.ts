/* Step-up: the server wants to know once more that it is you.  The request that was refused for it
 * waits here until the sheet (account/proof.tsx) has the proof or was closed. */
import type { Dispatch } from "@reduxjs/toolkit";
import { proofAsked, proofSettled } from "./ui-state";

interface Store {
  dispatch: Dispatch;
}

let waiting: ((proved: boolean) => void)[] = [];

/* True when the proof was given: send the request again. */
export function askProof({ dispatch }: Store): Promise<boolean> {
  dispatch(proofAsked());
  return new Promise((resolve) => waiting.push(resolve));
}

export function settleProof({ dispatch }: Store, proved: boolean): void {
  const all = waiting;
  waiting = [];
  dispatch(proofSettled());
  for (const resolve of all) resolve(proved);
}
