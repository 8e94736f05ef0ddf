import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { Provider } from "react-redux";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { makeStore } from "../app/store";
import { Reset } from "./reset";
import { answerWith } from "../api/answer-with";

let sent: unknown[] = [];

async function fakeFetch(input: Request): Promise<Response> {
  const body = (await input.json()) as { password: string };
  sent.push(body);
  const easy = body.password === "qwertyqwerty";
  const error = { code: "bad_request", field: "password", text: "password is too easy" };
  const headers = { "Content-Type": "application/json" };
  return new Response(JSON.stringify(easy ? { error } : { ok: true }), {
    status: easy ? 400 : 200,
    headers,
  });
}

function show(address: string) {
  render(
    <Provider store={makeStore()}>
      <MemoryRouter initialEntries={[address]}>
        <Reset />
      </MemoryRouter>
    </Provider>,
  );
}

function choose(password: string) {
  fireEvent.change(screen.getByTestId("reset-password"), { target: { value: password } });
  fireEvent.click(screen.getByTestId("reset-submit"));
}

beforeEach(() => {
  sent = [];
  answerWith(fakeFetch);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("says at the field why a password is refused, and takes the next one", async () => {
  show("/reset#token=T");
  choose("qwertyqwerty");
  await screen.findByText("password is too easy");
  choose("the tide turns at nine");
  await screen.findByTestId("reset-done");
  expect(sent.at(-1)).toEqual({ token: "T", password: "the tide turns at nine" });
});

it("has nothing to send when the link is not whole", () => {
  show("/reset");
  expect(screen.getByTestId("form-error")).toBeTruthy();
  expect(screen.queryByTestId("reset-submit")).toBeNull();
});

/* Behind the #, and as mails of before have it. */
it.each(["/reset#token=T", "/reset?token=T"])(
  "takes the token out of %s, and sends it",
  async (link) => {
    history.replaceState(null, "", link);
    show(link);
    expect(location.pathname + location.search + location.hash).toBe("/reset");
    choose("the tide turns at nine");
    await screen.findByTestId("reset-done");
    expect(sent).toEqual([{ token: "T", password: "the tide turns at nine" }]);
  },
);
