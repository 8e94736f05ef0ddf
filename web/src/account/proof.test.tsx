import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { Provider } from "react-redux";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { api } from "../api/api";
import { apiError } from "../api/errors";
import { sessionBegan } from "../app/session";
import { makeStore } from "../app/store";
import { Proof } from "./proof";
import { answerWith } from "../api/answer-with";
import { dialogsInTests } from "../ui/dialogs-in-tests";

const user = { id: "1", email: "a@b.in", name: "A", role: "admin" as const, account_id: "7" };
let proved = false;
let totp = false;
let passkeys = 0;
let sent: string[] = [];

const no = (code: string, text: string, field?: string) => ({ error: { code, text, field } });

async function fakeFetch(input: Request): Promise<Response> {
  const { pathname } = new URL(input.url);
  const path = pathname.slice("/api/v1".length);
  sent.push(`${input.method} ${path}`);
  const answer = (status: number, body: object) =>
    new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
  if (path === "/auth/security") return answer(200, { totp, passkeys, recovery_left: 10 });
  if (path === "/auth/prove/challenge") {
    return answer(200, { challenge: "AAAA", rp_id: "b.in", timeout_ms: 1, allow: ["CQk"] });
  }
  if (path === "/auth/prove") {
    const given = (await input.json()) as { code?: string; password?: string; signature?: string };
    if (given.signature === "Aw") proved = true;
    if (proved) return answer(200, { fresh_s: 900 });
    if (given.password === "gone") return answer(401, no("not_logged_in", "log in first"));
    proved = totp ? given.code === "123456" : given.password === "right";
    if (proved) return answer(200, { fresh_s: 900 });
    return answer(403, no("wrong_factor", "this is wrong", totp ? "code" : "password"));
  }
  if (!proved) return answer(403, no("step_up_required", "prove that it is you"));
  return answer(200, { symbol: "INFY", state: "halted" });
}

function halt() {
  const store = makeStore();
  store.dispatch(sessionBegan({ user, csrf: "c" }));
  render(
    <Provider store={store}>
      <Proof />
    </Provider>,
  );
  const args = { symbol: "INFY", action: "halt" as const, reason: "News" };
  return { store, halted: store.dispatch(api.endpoints.setHalt.initiate(args)) };
}

function give(id: string, value: string) {
  fireEvent.change(screen.getByTestId(id), { target: { value } });
  fireEvent.click(screen.getByTestId("proof-submit"));
}

beforeEach(() => {
  [proved, totp, passkeys, sent] = [false, false, 0, []];
  dialogsInTests();
  answerWith(fakeFetch);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("sends again what was refused, once the password is right", async () => {
  const { store, halted } = halt();
  await screen.findByTestId("proof-password");
  give("proof-password", "wrong");
  await screen.findByText("this is wrong");
  give("proof-password", "right");
  expect((await halted).data).toEqual({ symbol: "INFY", state: "halted" });
  expect(store.getState().ui.proof).toBe(false);
  expect(sent.filter((line) => line.includes("/halt"))).toHaveLength(2);
});

it("asks who has a second factor for a code", async () => {
  totp = true;
  const { halted } = halt();
  await screen.findByTestId("factor-code");
  give("factor-code", "123456");
  expect((await halted).error).toBeUndefined();
});

it("takes a passkey", async () => {
  passkeys = 1;
  const bytes = (...data: number[]) => new Uint8Array(data).buffer;
  class Response {
    clientDataJSON = bytes(1);
    authenticatorData = bytes(2);
    signature = bytes(3);
    userHandle = null;
  }
  class Credential {
    rawId = bytes(9, 9);
    response = new Response();
  }
  vi.stubGlobal("PublicKeyCredential", Credential);
  vi.stubGlobal("AuthenticatorAssertionResponse", Response);
  const get = async () => Promise.resolve(new Credential());
  Object.defineProperty(navigator, "credentials", { value: { get }, configurable: true });
  const { halted } = halt();
  fireEvent.click(await screen.findByTestId("factor-passkey"));
  expect((await halted).error).toBeUndefined();
  expect(sent).toContain("POST /auth/prove/challenge");
});

it("gives the refusal back when the person closes the sheet", async () => {
  const { halted } = halt();
  await screen.findByTestId("proof-password");
  fireEvent.click(screen.getByLabelText("Close"));
  expect(apiError((await halted).error).code).toBe("step_up_required");
  expect(sent.filter((line) => line.includes("/halt"))).toHaveLength(1);
});

it("lets go of what waits when the session is over", async () => {
  const { store, halted } = halt();
  await screen.findByTestId("proof-password");
  give("proof-password", "gone");
  expect((await halted).error).toBeDefined();
  await waitFor(() => expect(store.getState().session.phase).toBe("out"));
  expect(screen.queryByTestId("proof-password")).toBeNull();
});
