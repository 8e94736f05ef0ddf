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
  const body = (await input.json()) as { password: string; code?: string };
  sent.push(body);
  if (new URL(input.url).pathname.endsWith("/undo")) return Response.json({ back: "email" });
  if (body.password === "asks for a code" && body.code !== "246810") {
    const wrong = { code: "bad_request", field: "code", text: "this code is wrong" };
    return body.code
      ? Response.json({ error: wrong }, { status: 400 })
      : Response.json({ next: "code", sent_to: "+91********10" }, { status: 202 });
  }
  if (body.password === "has no second way") {
    const error = { code: "help_needed", text: "please call our support" };
    return Response.json({ error }, { status: 403 });
  }
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

it("asks for the code that went to the phone, and for another one", async () => {
  show("/reset#token=T");
  choose("asks for a code");
  const field = await screen.findByTestId("reset-code");
  expect(screen.getByText(/sent to \+91\*{8}10/)).toBeTruthy();
  fireEvent.change(field, { target: { value: "000000" } });
  fireEvent.click(screen.getByTestId("reset-submit"));
  await screen.findByText("this code is wrong");
  fireEvent.click(screen.getByTestId("reset-again"));
  await vi.waitFor(() => {
    expect((screen.getByTestId("reset-code") as HTMLInputElement).value).toBe("");
  });
  fireEvent.change(screen.getByTestId("reset-code"), { target: { value: "246 810" } });
  fireEvent.click(screen.getByTestId("reset-submit"));
  await screen.findByTestId("reset-done");
  const body = { token: "T", password: "asks for a code" };
  expect(sent).toEqual([body, { ...body, code: "000000" }, body, { ...body, code: "246810" }]);
});

it("says who helps where there is no second way", async () => {
  show("/reset#token=T");
  choose("has no second way");
  await screen.findByText("please call our support");
  expect(screen.queryByTestId("reset-code")).toBeNull();
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
