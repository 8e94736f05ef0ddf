import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { Provider } from "react-redux";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { answerWith } from "../api/answer-with";
import { makeStore } from "../app/store";
import type { AppRow } from "./apps-api";
import { Row } from "./row";
import { dialogsInTests } from "../ui/dialogs-in-tests";

const APP: AppRow = {
  api_key: "abcdefghijklmnop",
  name: "Robot",
  user_id: "1001",
  own: true,
  redirect_url: "https://robot.example.com/back",
  scopes: ["profile", "orders.read", "orders.write"],
  ips: [],
  ips_for_all: false,
  kite_library: true,
  bound: false,
  created: "2026-11-27T09:15:00.000Z",
  secret_set: "2026-11-27T09:15:00.000Z",
  ips_set: null,
  revoked: null,
  connected: true,
  granted: ["profile", "orders.read"],
};
let sent: unknown[] = [];

async function fakeFetch(input: Request): Promise<Response> {
  sent.push([input.method, new URL(input.url).pathname, await input.json()]);
  return new Response("{}", { headers: { "Content-Type": "application/json" } });
}

beforeEach(() => {
  sent = [];
  dialogsInTests();
  answerWith(fakeFetch);
  render(
    <Provider store={makeStore()}>
      <MemoryRouter>
        <ul>
          <Row app={APP} onSecret={() => undefined} />
        </ul>
      </MemoryRouter>
    </Provider>,
  );
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const press = (id: string) => fireEvent.click(screen.getByTestId(id));
const disabled = (id: string) => screen.getByTestId<HTMLButtonElement>(id).disabled;

it("leaves an app less, and never nothing or more", async () => {
  expect(screen.getByText("profile, orders.read")).toBeDefined();
  press("app-change");
  expect(screen.queryByTestId("scope-orders.write")).toBeNull();
  expect(disabled("grant-set")).toBe(true);
  press("scope-orders.read");
  press("scope-profile");
  expect(disabled("grant-set")).toBe(true);
  press("scope-profile");
  press("grant-set");
  await waitFor(() => expect(screen.queryByTestId("grant-set")).toBeNull());
  expect(sent).toEqual([["PUT", "/api/v1/apps/abcdefghijklmnop/grant", { scopes: ["profile"] }]]);
});

it("binds the tokens of an app without a library to a key", async () => {
  press("app-library");
  expect(screen.queryByTestId("app-bound")).toBeNull();
  expect(disabled("library-set")).toBe(true);
  press("app-kite");
  press("app-bound");
  press("library-set");
  await waitFor(() => expect(screen.queryByTestId("library-set")).toBeNull());
  expect(sent).toEqual([
    ["PUT", "/api/v1/apps/abcdefghijklmnop/library", { kite_library: false, bound: true }],
  ]);
});
