import { act, cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { Provider } from "react-redux";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Instrument, NewOrder } from "../api/types";
import { makeStore } from "../app/store";
import { sessionBegan } from "../app/session";
import { ticketFilled } from "../app/ui-state";
import { Ticket } from "./ticket";
import { answerWith } from "../api/answer-with";

const share: Instrument = {
  token: 1594,
  symbol: "INFY",
  tick_paise: 10,
  lot_qty: 1,
  prev_close_paise: 112_100,
  band_lo_paise: 100_900,
  band_hi_paise: 123_300,
  freeze_qty: 1_000,
  state: "open",
};

const user = { id: "1", email: "a@b", name: "A", role: "client" as const, account_id: "7" };
let sent: { order: NewOrder; csrf: string | null }[] = [];
let answers: (() => Promise<Response>)[] = [];

function json(status: number, body: object): Promise<Response> {
  const headers = { "Content-Type": "application/json" };
  return Promise.resolve(new Response(JSON.stringify(body), { status, headers }));
}

function accepted(): Promise<Response> {
  const order = {
    ...sent.at(-1)?.order,
    order_id: "5",
    state: "open",
    filled_qty: 0,
    reason_text: "",
  };
  return json(201, { order });
}

async function fakeFetch(input: Request): Promise<Response> {
  const { pathname } = new URL(input.url);
  if (input.method === "POST" && pathname === "/api/v1/orders") {
    sent.push({ order: (await input.json()) as NewOrder, csrf: input.headers.get("X-CSRF-Token") });
    return (answers.shift() ?? accepted)();
  }
  if (pathname === "/api/v1/orders") return json(200, { orders: [] });
  return json(200, { ok: true, venue: "internal", simulated: true, degraded: [], components: [] });
}

function show() {
  const store = makeStore();
  store.dispatch(sessionBegan({ user, csrf: "secret" }));
  render(
    <Provider store={store}>
      <Ticket instrument={share} />
    </Provider>,
  );
  return store;
}

const press = (id: string) => fireEvent.click(screen.getByTestId(id));
const type = (id: string, value: string) =>
  fireEvent.change(screen.getByTestId(id), { target: { value } });

function fillIn(qty: string, price: string) {
  type("ticket-qty", qty);
  type("ticket-price", price);
  press("ticket-submit");
}

describe("Ticket", () => {
  beforeEach(() => {
    [sent, answers] = [[], []];
    answerWith(vi.fn(fakeFetch));
  });

  afterEach(() => {
    cleanup();
    vi.unstubAllGlobals();
  });

  it("sends nothing unconfirmed, and one order however often it is confirmed", async () => {
    show();
    fillIn("10", "1121.00");
    expect(sent).toHaveLength(0);
    const confirm = screen.getByTestId("ticket-confirm");
    /* All before React can render a disabled button. */
    act(() => {
      for (let i = 0; i < 5; i += 1) confirm.click();
    });
    await screen.findByTestId("ticket-submit");
    expect(sent).toHaveLength(1);
    expect(sent[0]?.csrf).toBe("secret");
    expect(sent[0]?.order).toMatchObject({
      symbol: "INFY",
      side: "BUY",
      type: "LIMIT",
      tif: "DAY",
      qty: 10,
      price_paise: 112_100,
    });
    expect(sent[0]?.order.client_order_id).toMatch(/^[1-9]\d*$/);
  });

  it("names the field that is wrong and does not go on", () => {
    show();
    fillIn("1001", "1121.05");
    expect(screen.getByText(/At most 1,000/)).toBeDefined();
    expect(screen.getByText(/multiple of 0\.10/)).toBeDefined();
    expect(screen.queryByTestId("ticket-confirm")).toBeNull();
  });

  it("shows the server's refusal and sends the next order under a new id", async () => {
    answers = [
      () =>
        json(422, {
          error: { code: "rejected", reason: "BJ_REJ_RATE", text: "too many messages a second" },
        }),
    ];
    show();
    fillIn("1", "1121.00");
    press("ticket-confirm");
    expect((await screen.findByTestId("ticket-error")).textContent).toBe(
      "too many messages a second",
    );
    press("ticket-submit");
    press("ticket-confirm");
    await waitFor(() => expect(sent).toHaveLength(2));
    expect(sent[1]?.order.client_order_id).not.toBe(sent[0]?.order.client_order_id);
  });

  it("keeps the id when the same order is sent again after silence", async () => {
    answers = [() => Promise.reject(new TypeError("network"))];
    show();
    fillIn("1", "1121.00");
    press("ticket-confirm");
    fireEvent.click(await screen.findByTestId("ticket-resend", {}, { timeout: 8_000 }));
    await waitFor(() => expect(sent).toHaveLength(2));
    expect(sent[1]).toEqual(sent[0]);
  }, 12_000);

  it("sends a stop with its trigger price, what it shows and its last day", async () => {
    show();
    press("ticket-type-sl");
    type("ticket-trigger", "1120.00");
    expect(screen.queryByTestId("ticket-disclosed")).toBeNull();
    press("ticket-more");
    type("ticket-disclosed", "5");
    press("ticket-tif-gtd");
    type("ticket-expiry", "2099-12-31");
    fillIn("10", "1121.00");
    expect(screen.getByText("1,120.00 or above")).toBeDefined();
    press("ticket-confirm");
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]?.order).toMatchObject({
      type: "SL",
      tif: "GTD",
      qty: 10,
      price_paise: 112_100,
      trigger_price_paise: 112_000,
      disclosed_qty: 5,
      expiry: "2099-12-31",
    });
  });

  it("SL-M has no price of its own, and a wrong folded field unfolds", () => {
    show();
    press("ticket-type-slm");
    expect((screen.getByTestId("ticket-price") as HTMLInputElement).disabled).toBe(true);
    press("ticket-more");
    type("ticket-disclosed", "11");
    press("ticket-more");
    type("ticket-qty", "10");
    expect(screen.getByText("At most the quantity")).toBeDefined();
    press("ticket-submit");
    expect(screen.getByText("Enter a price in rupees")).toBeDefined();
    expect(screen.queryByTestId("ticket-confirm")).toBeNull();
  });

  it("names the server's field where it stands", async () => {
    const text = "trigger price does not fit";
    const error = { code: "bad_request", field: "trigger_price_paise", text };
    answers = [() => json(400, { error })];
    show();
    press("ticket-type-slm");
    type("ticket-trigger", "1120.00");
    press("ticket-submit");
    press("ticket-confirm");
    expect(await screen.findByText(text)).toBeDefined();
    expect(screen.queryByTestId("ticket-error")).toBeNull();
  });

  it("takes a price from the ladder, only for its own share", async () => {
    const store = show();
    store.dispatch(ticketFilled({ symbol: "TCS", side: "SELL", price_paise: 300_000 }));
    store.dispatch(ticketFilled({ symbol: "INFY", side: "SELL", price_paise: 112_340 }));
    await waitFor(() =>
      expect((screen.getByTestId("ticket-price") as HTMLInputElement).value).toBe("1123.40"),
    );
    expect(screen.getByTestId("ticket-submit").textContent).toBe("Sell INFY");
    expect(store.getState().ui.fill).toBeNull();
  });
});
