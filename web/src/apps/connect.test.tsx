import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { Provider } from "react-redux";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { makeStore } from "../app/store";
import { Connect } from "./connect";
import { readAddresses } from "./create";
import { answerWith } from "../api/answer-with";

const APP = {
  api_key: "abcdefghijklmnop",
  name: "Robot <b>",
  redirect_url: "https://robot.example.com/back",
  scopes: ["profile", "orders.write"],
  granted: [],
};
const BACK = "https://robot.example.com/back?request_token=x";
let sent: { method: string; path: string; body: unknown }[] = [];
let left: string[] = [];
let answers: [status: number, body: object][] = [];

async function fakeFetch(input: Request): Promise<Response> {
  const { pathname, search } = new URL(input.url);
  const body: unknown = input.method === "GET" ? null : await input.json();
  sent.push({ method: input.method, path: pathname + search, body });
  const [status, answer] = answers.shift() ?? [500, {}];
  const headers = { "Content-Type": "application/json" };
  return new Response(JSON.stringify(answer), { status, headers });
}

function show(query: string) {
  render(
    <Provider store={makeStore()}>
      <MemoryRouter initialEntries={[`/connect/login${query}`]}>
        <Connect leave={(url) => left.push(url)} />
      </MemoryRouter>
    </Provider>,
  );
}

beforeEach(() => {
  [sent, left, answers] = [[], [], []];
  answerWith(fakeFetch);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("shows which app asks for what, and goes nowhere before yes", async () => {
  answers = [
    [200, { app: APP }],
    [200, { redirect: BACK }],
  ];
  show("?v=3&api_key=abcdefghijklmnop&redirect_params=state%3D7&redirect=https://evil.example");
  expect((await screen.findByTestId("connect-name")).textContent).toBe("Robot <b>");
  expect(screen.getByTestId("connect-scopes").textContent).toContain("Place, change and cancel");
  expect(screen.getByText("robot.example.com")).toBeDefined();
  expect(left).toEqual([]);
  fireEvent.click(screen.getByTestId("connect-yes"));
  await waitFor(() => expect(left).toEqual([BACK]));
  expect(sent[1]).toEqual({
    method: "POST",
    path: "/api/v1/connect",
    body: {
      api_key: APP.api_key,
      redirect_params: "state=7",
      scopes: ["profile", "orders.write"],
    },
  });
});

it("hands the challenge of the link on, and only what is ticked", async () => {
  answers = [
    [200, { app: { ...APP, granted: ["profile"] } }],
    [200, { redirect: BACK }],
  ];
  show("?v=3&api_key=abcdefghijklmnop&code_challenge=C&code_challenge_method=S256");
  // What was taken away before is not ticked again by itself.
  const write = await screen.findByTestId<HTMLInputElement>("scope-orders.write");
  expect(write.checked).toBe(false);
  fireEvent.click(write);
  fireEvent.click(screen.getByTestId("scope-profile"));
  fireEvent.click(screen.getByTestId("connect-yes"));
  await waitFor(() => expect(left).toEqual([BACK]));
  expect(sent[0]?.path).toContain("code_challenge=C&code_challenge_method=S256");
  expect(sent[1]?.body).toEqual({
    api_key: APP.api_key,
    scopes: ["orders.write"],
    code_challenge: "C",
    code_challenge_method: "S256",
  });
});

it("allows nothing when nothing is ticked", async () => {
  answers = [[200, { app: APP }]];
  show("?v=3&api_key=abcdefghijklmnop");
  fireEvent.click(await screen.findByTestId("scope-profile"));
  fireEvent.click(screen.getByTestId("scope-orders.write"));
  expect(screen.getByTestId<HTMLButtonElement>("connect-yes").disabled).toBe(true);
});

it("says what is wrong with a link, and asks nobody", async () => {
  show("?v=2&api_key=abcdefghijklmnop");
  expect(screen.getByTestId("form-error").textContent).toContain("v=3");
  cleanup();
  show("");
  expect(screen.getByTestId("form-error").textContent).toContain("api_key");
  cleanup();
  answers = [[404, { error: { code: "not_found", text: "there is no such app" } }]];
  show("?api_key=abcdefghijklmnop");
  expect((await screen.findByTestId("form-error")).textContent).toBe("there is no such app");
  expect(screen.queryByTestId("connect-yes")).toBeNull();
});

it("stays when the server says no", async () => {
  answers = [
    [200, { app: APP }],
    [503, { error: { code: "unavailable", text: "away" } }],
  ];
  show("?api_key=abcdefghijklmnop");
  fireEvent.click(await screen.findByTestId("connect-yes"));
  expect((await screen.findByTestId("form-error")).textContent).toBe("away");
  expect(left).toEqual([]);
});

it("reads addresses however they are parted", () => {
  expect(readAddresses(" 10.0.0.1,10.0.0.2\n")).toEqual(["10.0.0.1", "10.0.0.2"]);
  expect(readAddresses("")).toEqual([]);
});
