/* A session ends once it was shown who ends it, and not before. */
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { Provider } from "react-redux";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { answerWith } from "../api/answer-with";
import { sessionBegan } from "../app/session";
import { makeStore } from "../app/store";
import { SessionsSection } from "./places";
import { Proof } from "./proof";
import { dialogsInTests } from "../ui/dialogs-in-tests";

const user = { id: "1", email: "a@b.in", name: "A", role: "client" as const, account_id: "7" };
const TIME = "2026-11-27T10:00:00.000Z";
let proved = false;
let ended: string[] = [];

function row(id: string) {
  const times = { created: TIME, seen: TIME, expires: TIME, idle_until: TIME };
  return { id, name: "", user_agent: id, address: "::1", current: id === "here", ...times };
}

async function fakeFetch(input: Request): Promise<Response> {
  const path = new URL(input.url).pathname.slice("/api/v1".length);
  const answer = (status: number, body?: object) =>
    new Response(body && JSON.stringify(body), {
      status,
      headers: { "Content-Type": "application/json" },
    });
  if (path === "/auth/security") {
    return answer(200, { totp: false, passkeys: 0, recovery_left: 0 });
  }
  if (path === "/auth/prove") {
    proved = ((await input.json()) as { password: string }).password === "right";
    return answer(200, { fresh_s: 900 });
  }
  if (input.method === "GET") {
    const left = ["here", "there", "elsewhere"].filter((id) => !ended.includes(id));
    return answer(200, { sessions: left.map(row) });
  }
  if (!proved) return answer(403, { error: { code: "step_up_required", text: "prove it" } });
  ended = path === "/me/sessions" ? ["there", "elsewhere"] : [path.slice("/me/sessions/".length)];
  return path === "/me/sessions" ? answer(200, { ended: 2 }) : answer(204);
}

function show() {
  const store = makeStore();
  store.dispatch(sessionBegan({ user, csrf: "c" }));
  render(
    <Provider store={store}>
      <SessionsSection />
      <Proof />
    </Provider>,
  );
  return store;
}

beforeEach(() => {
  [proved, ended] = [false, []];
  dialogsInTests();
  answerWith(fakeFetch);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it.each([
  ["session-end", 2],
  ["sessions-end-others", 1],
])("%s asks who it is first", async (button, left) => {
  show();
  fireEvent.click((await screen.findAllByTestId(button))[0]!);
  const password = await screen.findByTestId("proof-password");
  expect(ended).toEqual([]);
  fireEvent.change(password, { target: { value: "right" } });
  fireEvent.click(screen.getByTestId("proof-submit"));
  await waitFor(() => expect(screen.getAllByTestId("session-row")).toHaveLength(left));
  expect(screen.queryByTestId("proof-password")).toBeNull();
});

it("ends nothing, and complains of nothing, when the proof is not given", async () => {
  const store = show();
  fireEvent.click((await screen.findAllByTestId("session-end"))[0]!);
  const password = await screen.findByTestId("proof-password");
  fireEvent(password.closest("dialog")!, new Event("cancel", { cancelable: true }));
  await waitFor(() => expect(screen.queryByTestId("proof-password")).toBeNull());
  expect(ended).toEqual([]);
  expect(store.getState().ui.toasts).toEqual([]);
});
