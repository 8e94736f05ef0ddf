import { describe, expect, it, vi } from "vitest";
import type { NewOrder, Order } from "../api/types";
import { submitOrder, type SubmitSteps } from "./submit";

const ticket: NewOrder = {
  symbol: "INFY",
  side: "BUY",
  type: "LIMIT",
  tif: "DAY",
  qty: 1,
  price_paise: 112_100,
  client_order_id: "77",
};
const placed = { order_id: "1", client_order_id: "77", state: "open" } as Order;

function answer(status: number | string, error?: object): object {
  return { status, data: error && { error: { text: "said so", ...error } } };
}

function steps(place: SubmitSteps["place"], find: SubmitSteps["find"]) {
  const waited: number[] = [];
  const wait = async (ms: number) => void waited.push(ms);
  return { place: vi.fn(place), find: vi.fn(find), wait, waited };
}

describe("submitOrder", () => {
  it("takes the server's word", async () => {
    const s = steps(
      async () => placed,
      async () => undefined,
    );
    expect(await submitOrder(s, ticket)).toEqual({ kind: "accepted", order: placed });
    expect(s.find).not.toHaveBeenCalled();
  });

  it.each([
    ["a rejection", answer(422, { code: "rejected", reason: "BJ_REJ_TICK" })],
    ["a bad field", answer(400, { code: "bad_request", field: "qty" })],
    ["too many", answer(429, { code: "too_many" })],
  ])("%s is final: nothing is looked up or sent again", async (_name, cause) => {
    const s = steps(
      () => Promise.reject(cause),
      async () => placed,
    );
    expect((await submitOrder(s, ticket)).kind).toBe("refused");
    expect(s.place).toHaveBeenCalledTimes(1);
    expect(s.find).not.toHaveBeenCalled();
  });

  it.each([
    ["no network", answer("FETCH_ERROR")],
    ["no answer in time", answer("TIMEOUT_ERROR")],
    ["the engine's answer is missing", answer(504, { code: "unknown_outcome" })],
    ["a proxy's error page", answer("PARSING_ERROR")],
    ["a proxy lost the server", answer(503, { code: "unavailable" })],
    ["the id is in use", answer(422, { code: "rejected", reason: "BJ_REJ_DUPLICATE" })],
  ])("%s: looks it up, and never sends twice by itself", async (_name, cause) => {
    let looks = 0;
    const s = steps(
      () => Promise.reject(cause),
      async (id) => (id === "77" && ++looks === 3 ? placed : undefined),
    );
    expect(await submitOrder(s, ticket)).toEqual({ kind: "accepted", order: placed });
    expect(s.place).toHaveBeenCalledTimes(1);
    expect(s.waited).toEqual([300, 700, 1_500]);
  });

  it("believes that a part is away once the list has been asked and does not have it", async () => {
    const away = () => Promise.reject(answer(503, { code: "unavailable" }));
    const asked = steps(away, async () => undefined);
    expect((await submitOrder(asked, ticket)).kind).toBe("refused");
    expect(asked.find).toHaveBeenCalledTimes(4);
    expect((await submitOrder(steps(away, away), ticket)).kind).toBe("unknown");
  });

  it("says unknown when the order cannot be found", async () => {
    const s = steps(
      () => Promise.reject(answer("FETCH_ERROR")),
      () => Promise.reject(answer("FETCH_ERROR")),
    );
    expect((await submitOrder(s, ticket)).kind).toBe("unknown");
    expect(s.place).toHaveBeenCalledTimes(1);
    expect(s.find).toHaveBeenCalledTimes(4);
  });
});
