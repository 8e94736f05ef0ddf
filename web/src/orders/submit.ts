/* Sending one order, and only one.  The client order id is made when the client confirms and is
 * used again on every retry of that same order.  When no answer comes, nobody guesses: the order
 * is looked for by its id, several times because the record trails the engine, and until it is
 * found it counts as unknown. */
import { api } from "../api/api";
import { apiError, outcomeUnknown } from "../api/errors";
import type { ApiError, NewOrder, Order } from "../api/types";

export type Outcome =
  | { kind: "accepted"; order: Order }
  | { kind: "refused"; error: ApiError }
  | { kind: "unknown"; error: ApiError };

export interface SubmitSteps {
  place(order: NewOrder): Promise<Order>;
  /* The order with this client order id, or undefined; throws when the server cannot be asked. */
  find(clientOrderId: string): Promise<Order | undefined>;
  wait(ms: number): Promise<void>;
}

const LOOK_AGAIN_MS = [300, 700, 1_500, 3_000];

interface Sight {
  order: Order | undefined;
  /* Whether the last look was answered at all. */
  answered: boolean;
}

/* Looks for an order whose outcome is unknown. */
async function lookUp(steps: SubmitSteps, clientOrderId: string): Promise<Sight> {
  let answered = false;
  for (const wait_ms of LOOK_AGAIN_MS) {
    await steps.wait(wait_ms);
    try {
      const order = await steps.find(clientOrderId);
      if (order) return { order, answered: true };
      answered = true;
    } catch {
      answered = false;
    }
  }
  return { order: undefined, answered };
}

export async function submitOrder(steps: SubmitSteps, order: NewOrder): Promise<Outcome> {
  try {
    return { kind: "accepted", order: await steps.place(order) };
  } catch (cause) {
    const error = apiError(cause);
    /* A duplicate means that an earlier try of this very order did arrive. */
    const duplicate = error.code === "conflict" || error.reason === "BJ_REJ_DUPLICATE";
    /* "Away" may be the word of a proxy that had passed the order on before the server went. */
    const away = error.code === "unavailable";
    if (!duplicate && !away && !outcomeUnknown(error)) return { kind: "refused", error };
    const seen = await lookUp(steps, order.client_order_id);
    if (seen.order) return { kind: "accepted", order: seen.order };
    return { kind: away && seen.answered ? "refused" : "unknown", error };
  }
}

type Dispatch = typeof import("../app/store").store.dispatch;

export function httpSteps(dispatch: Dispatch): SubmitSteps {
  return {
    place: (order) => dispatch(api.endpoints.placeOrder.initiate(order)).unwrap(),
    async find(clientOrderId) {
      const request = dispatch(api.endpoints.orders.initiate(undefined, { forceRefetch: true }));
      try {
        const orders = await request.unwrap();
        return orders.find((order) => order.client_order_id === clientOrderId);
      } finally {
        request.unsubscribe();
      }
    },
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
}
