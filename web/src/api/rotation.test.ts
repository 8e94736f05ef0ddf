/* What was on its way while another tab got a new cookie is sent again; a session that is over is over. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { sessionBegan } from "../app/session";
import { makeStore } from "../app/store";
import { api } from "./api";
import { answerWith } from "./answer-with";

const user = { id: "1", email: "a@b.in", name: "A", role: "client" as const, account_id: "7" };
let refusals = 0;
let sent: string[] = [];

async function fakeFetch(input: Request): Promise<Response> {
  sent.push(`${input.method} ${await input.clone().text()}`);
  refusals -= 1;
  const status = refusals >= 0 ? 401 : 200;
  const body = status === 401 ? { error: { code: "not_logged_in", text: "log in" } } : {};
  return new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/json" },
  });
}

beforeEach(() => {
  [refusals, sent] = [0, []];
  answerWith(fakeFetch);
});
afterEach(() => vi.unstubAllGlobals());

function loggedIn() {
  const store = makeStore();
  store.dispatch(sessionBegan({ user, csrf: "c" }));
  return store;
}

it("sends a refused request again, whole, and stays logged in", async () => {
  const store = loggedIn();
  refusals = 1;
  await store.dispatch(api.endpoints.endSession.initiate("0123456789abcdef")).unwrap();
  expect(sent).toEqual(["DELETE ", "DELETE "]);
  expect(store.getState().session.phase).toBe("in");
  refusals = 2;
  await store.dispatch(api.endpoints.export.initiate("json")).unwrap();
  expect(sent.slice(2)).toEqual(Array(3).fill('POST {"format":"json"}'));
});

it("logs out when it stays refused", async () => {
  const store = loggedIn();
  refusals = 9;
  await store.dispatch(api.endpoints.security.initiate());
  expect(sent).toHaveLength(3);
  expect(store.getState().session.phase).toBe("out");
});

it("does not wait for who is not logged in", async () => {
  const store = makeStore();
  refusals = 9;
  await store.dispatch(api.endpoints.login.initiate({ email: "a@b.in", password: "x" }));
  expect(sent).toHaveLength(1);
});
