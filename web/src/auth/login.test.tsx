import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { Provider } from "react-redux";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { makeStore } from "../app/store";
import { Login } from "./login";
import { answerWith } from "../api/answer-with";

const user = { id: "1", email: "a@b.in", name: "A", role: "client", account_id: "7" };
type Answer = [status: number, body: object];
let sent: { path: string; body: unknown }[] = [];
let answers: Answer[] = [];

async function fakeFetch(input: Request): Promise<Response> {
  sent.push({ path: new URL(input.url).pathname, body: await input.json() });
  const [status, body] = answers.shift() ?? [500, {}];
  const headers = { "Content-Type": "application/json" };
  return new Response(JSON.stringify(body), { status, headers });
}

const wrong = (code: string, text: string, field?: string) => ({ error: { code, text, field } });

function show() {
  const store = makeStore();
  render(
    <Provider store={store}>
      <MemoryRouter>
        <Login />
      </MemoryRouter>
    </Provider>,
  );
  return store;
}

const type = (id: string, value: string) =>
  fireEvent.change(screen.getByTestId(id), { target: { value } });

function logIn() {
  type("login-email", "a@b.in");
  type("login-password", "correct horse battery");
  fireEvent.click(screen.getByTestId("login-submit"));
}

beforeEach(() => {
  sent = [];
  answers = [];
  answerWith(fakeFetch);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("logs in at once whoever has no second factor", async () => {
  answers = [[200, { user, csrf: "c" }]];
  const store = show();
  logIn();
  await waitFor(() => expect(store.getState().session.phase).toBe("in"));
  expect(sent.map(({ path }) => path)).toEqual(["/api/v1/auth/login"]);
});

it("asks for a code, keeps the step after a wrong one, and is in with the right one", async () => {
  answers = [
    [202, { next: "factor", pending: "P", factors: ["code"] }],
    [403, wrong("wrong_factor", "this code is wrong", "code")],
    [200, { user, csrf: "c" }],
  ];
  const store = show();
  logIn();
  await screen.findByTestId("factor-code");
  expect(store.getState().session.phase).not.toBe("in");
  type("factor-code", "000000");
  fireEvent.click(screen.getByTestId("factor-submit"));
  await screen.findByText("this code is wrong");
  type("factor-code", " 123456 ");
  fireEvent.click(screen.getByTestId("factor-submit"));
  await waitFor(() => expect(store.getState().session.phase).toBe("in"));
  expect(sent[2]).toEqual({
    path: "/api/v1/auth/login/factor",
    body: { pending: "P", code: "123456" },
  });
});

it("goes back to the password when the step is over", async () => {
  answers = [
    [202, { next: "factor", pending: "P", factors: ["code"] }],
    [401, wrong("not_logged_in", "that took too long")],
  ];
  show();
  logIn();
  await screen.findByTestId("factor-code");
  fireEvent.click(screen.getByTestId("factor-other"));
  type("factor-code", "ABCDE-FGHIJ-KLMNO-PQRST-UVWXYZ");
  fireEvent.click(screen.getByTestId("factor-submit"));
  await screen.findByText("that took too long");
  await waitFor(() => expect(screen.queryByTestId("factor-submit")).toBeNull());
  fireEvent.click(screen.getByTestId("factor-again"));
  expect(screen.getByTestId("login-password")).toBeTruthy();
});
