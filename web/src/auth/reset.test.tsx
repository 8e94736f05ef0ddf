import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { Provider } from "react-redux";
import { Link, MemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { makeStore } from "../app/store";
import { Reset } from "./reset";
import { Undo } from "./undo";
import { answerWith } from "../api/answer-with";

let sent: unknown[] = [];

async function fakeFetch(input: Request): Promise<Response> {
  const body = (await input.json()) as { password: string };
  sent.push(body);
  if (new URL(input.url).pathname.endsWith("/undo")) return Response.json({ back: "email" });
  const easy = body.password === "qwertyqwerty";
  const error = { code: "bad_request", field: "password", text: "password is too easy" };
  const headers = { "Content-Type": "application/json" };
  return new Response(JSON.stringify(easy ? { error } : { ok: true }), {
    status: easy ? 400 : 200,
    headers,
  });
}

function show(address: string, page = <Reset />) {
  render(
    <Provider store={makeStore()}>
      <MemoryRouter initialEntries={[address]}>
        {page}
        <Link to="#token=U" data-testid="second-link">
          U
        </Link>
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

/* Only what is behind the # changes, and the page stays. */
it("asks anew for a second link in the same tab", async () => {
  show("/reset#token=T");
  choose("the tide turns at nine");
  await screen.findByTestId("reset-done");
  fireEvent.click(screen.getByTestId("second-link"));
  choose("the tide turns at ten");
  await screen.findByTestId("reset-done");
  expect(sent.at(-1)).toEqual({ token: "U", password: "the tide turns at ten" });
});

it("takes back a second change in the same tab", async () => {
  show("/undo#token=T", <Undo />);
  fireEvent.click(screen.getByTestId("undo-submit"));
  await screen.findByTestId("undo-done");
  fireEvent.click(screen.getByTestId("second-link"));
  fireEvent.click(screen.getByTestId("undo-submit"));
  await screen.findByTestId("undo-done");
  expect(sent).toEqual([{ token: "T" }, { token: "U" }]);
});
