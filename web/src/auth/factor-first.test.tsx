import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { Provider } from "react-redux";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { api } from "../api/api";
import { App } from "../app/app";
import { makeStore } from "../app/store";
import { answerWith } from "../api/answer-with";

let due: "" | "enrol" | "prove";
let demanded: "none" | "factor" | "passkey";
let ended: string[];
let security: { totp: boolean; passkeys: number; recovery_left: number };

const ADDED = "2026-08-03T04:00:00.000Z";
async function fakeFetch(input: Request): Promise<Response> {
  const path = new URL(input.url).pathname.slice("/api/v1".length);
  const answer = (status: number, body: object) =>
    new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
  if (path === "/me") {
    const user = { id: "1", email: "a@b.in", name: "A", role: "client", account_id: "7" };
    return answer(200, {
      user: { ...user, factor_due: due, factor_demanded: demanded },
      csrf: "c",
    });
  }
  if (path === "/auth/security") return answer(200, security);
  if (path === "/auth/passkeys") return answer(200, { passkeys: [] });
  if (path === "/me/sessions" && input.method === "DELETE") {
    ended.push(path);
    return answer(200, { ended: 1 });
  }
  if (path === "/me/sessions") {
    const one = { name: "", user_agent: "", address: "203.0.113.7", created: ADDED, seen: ADDED };
    return answer(200, {
      sessions: [
        { ...one, id: "1", current: true },
        { ...one, id: "2", current: false },
      ].slice(0, 2 - ended.length),
    });
  }
  if (path === "/me/contact") {
    const wait = { to: "+91********10", until: ADDED };
    return answer(200, {
      email: { now: "a@b.in", wait: null },
      phone: { now: "", verified: "", due: true, wait },
    });
  }
  if (path === "/auth/prove") {
    const { code } = (await input.json()) as { code?: string };
    if (code !== "123456") {
      return answer(403, { error: { code: "wrong_factor", field: "code", text: "wrong" } });
    }
    due = "";
    return answer(200, { fresh_s: 900 });
  }
  if (demanded !== "none" && due) {
    return answer(403, { error: { code: "factor_required", text: "a second factor is demanded" } });
  }
  return answer(404, { error: { code: "not_found", text: "not here" } });
}

function open(path: string) {
  const store = makeStore();
  render(
    <Provider store={store}>
      <MemoryRouter initialEntries={[path]}>
        <App />
      </MemoryRouter>
    </Provider>,
  );
  return store;
}

beforeEach(() => {
  [due, demanded, ended] = ["enrol", "factor", []];
  security = { totp: false, passkeys: 0, recovery_left: 0 };
  answerWith(fakeFetch);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("offers both where either does, and the passkey alone where that is demanded", async () => {
  open("/orders");
  await screen.findByTestId("totp-enrol");
  expect(screen.getByTestId("factor-why").textContent).toContain("second thing");
  cleanup();
  demanded = "passkey";
  open("/status");
  await screen.findByTestId("factor-why");
  expect(screen.getByTestId("factor-why").textContent).toContain("Your role needs a passkey");
  expect(screen.queryByTestId("totp-enrol")).toBeNull();
});

it("asks for the factor that there is, and adds none", async () => {
  due = "prove";
  security = { totp: true, passkeys: 0, recovery_left: 10 };
  open("/orders");
  const submit = await screen.findByTestId("proof-submit");
  expect(screen.queryByTestId("passkey-add")).toBeNull();
  fireEvent.change(screen.getByLabelText(/code/i), { target: { value: "000000" } });
  fireEvent.click(submit);
  await screen.findByText("wrong");
  fireEvent.change(screen.getByLabelText(/code/i), { target: { value: "123456" } });
  fireEvent.click(submit);
  await waitFor(() => expect(screen.queryByTestId("factor-first")).toBeNull());
});

it("a refusal on an open page leads there, and /me says which it is", async () => {
  [due, demanded] = ["", "none"];
  const store = open("/verify");
  await waitFor(() => expect(store.getState().session.phase).toBe("in"));
  [due, demanded] = ["enrol", "passkey"];
  await store.dispatch(api.endpoints.privacy.initiate());
  await screen.findByTestId("factor-first");
  await waitFor(() => expect(store.getState().session.user?.factor_due).toBe("enrol"));
  await screen.findByText(/has no passkeys/);
  expect(screen.queryByTestId("proof-submit")).toBeNull();
});

it("lets one see to the sessions and enter codes meanwhile, and change nothing", async () => {
  open("/orders");
  const button = await screen.findByTestId("factor-meanwhile");
  button.focus();
  fireEvent.click(button);
  expect(document.activeElement).toBe(screen.getByTestId("factor-meanwhile"));
  fireEvent.click(await screen.findByTestId("sessions-end-others"));
  await waitFor(() => expect(ended).toHaveLength(1));
  await waitFor(() => expect(screen.getAllByTestId("session-row")).toHaveLength(1));
  expect((await screen.findByTestId("phone-wait")).textContent).toBe("+91********10");
  screen.getByTestId("phone-code-submit");
  expect(screen.queryByTestId("email-change")).toBeNull();
  expect(screen.queryByTestId("phone-change")).toBeNull();
});
