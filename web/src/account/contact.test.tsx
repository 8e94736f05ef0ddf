import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { Provider } from "react-redux";
import { MemoryRouter, Route, Routes } from "react-router";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { useMeQuery } from "../api/api";
import type { Contact } from "../api/types";
import { sessionBegan, sessionEnded } from "../app/session";
import { makeStore } from "../app/store";
import { phoneLater } from "../app/ui-state";
import { SignUp } from "../auth/signup";
import { Undo } from "../auth/undo";
import { Verify } from "../auth/verify";
import { ContactSection } from "./contact";
import { answerWith } from "../api/answer-with";

const user = {
  id: "1",
  email: "a@b.in",
  name: "A",
  role: "client" as const,
  account_id: "7",
  phone_due: true,
};
let contact: Contact;
let due = true;
let sent: { line: string; body: unknown }[] = [];
const no = (code: string, text: string, field?: string) => ({ error: { code, text, field } });
const answer = (status: number, body: object | null) =>
  new Response(body && JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/json" },
  });

let undone = "email";
async function fakeFetch(input: Request): Promise<Response> {
  const path = new URL(input.url).pathname.slice("/api/v1".length);
  const line = `${input.method} ${path}`;
  const text = await input.text();
  const body: unknown = text === "" ? null : JSON.parse(text);
  sent.push({ line, body });
  if (line === "GET /me") return answer(200, { user: { ...user, phone_due: due }, csrf: "c" });
  if (line === "GET /me/contact") return answer(200, contact);
  if (line === "POST /auth/register")
    return answer(400, no("bad_request", "phone must be an Indian mobile number", "phone"));
  if (line === "POST /auth/undo") return answer(200, { back: undone });
  if (line.endsWith("/confirm")) {
    if ((body as { code: string }).code !== "123456")
      return answer(403, no("wrong_factor", "this code is wrong", "code"));
    due = false;
    return answer(200, { ok: true });
  }
  if (line.endsWith("/code"))
    return answer(429, no("too_many", "too many tries; wait 60 s", "phone"));
  if (line.startsWith("DELETE")) {
    contact.email.wait = null;
    return new Response(null, { status: 204 });
  }
  contact.email.wait = { to: "new@b.in", until: "2026-08-03T10:00:00.000Z" };
  return answer(202, { next: "code" });
}

/* As the app has it at all times. */
function Me() {
  useMeQuery();
  return null;
}

function show(path = "/verify") {
  const store = makeStore();
  store.dispatch(sessionBegan({ user, csrf: "c" }));
  render(
    <Provider store={store}>
      <Me />
      <MemoryRouter initialEntries={[path]}>
        <Routes>
          <Route path="/" element={<p>home</p>} />
          <Route path="/verify" element={<Verify />} />
          <Route path="/contact" element={<ContactSection />} />
          <Route path="/signup" element={<SignUp />} />
          <Route path="/undo" element={<Undo />} />
        </Routes>
      </MemoryRouter>
    </Provider>,
  );
  return store;
}

const type = (id: string, value: string) =>
  fireEvent.change(screen.getByTestId(id), { target: { value } });
const press = (id: string) => fireEvent.click(screen.getByTestId(id));
const lines = () => sent.map(({ line }) => line);

beforeEach(() => {
  [sent, due] = [[], true];
  contact = {
    email: { now: "a@b.in", wait: null },
    phone: { now: "", verified: "", due: true, wait: { to: "+91********10", until: "" } },
  };
  answerWith(fakeFetch);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("leads on once the code is right, and says what is wrong at the field", async () => {
  const store = show();
  await screen.findByText("No code was sent yet: ask for one.");
  type("phone-code", "000000");
  press("phone-code-submit");
  await screen.findByText("this code is wrong");
  type("phone-code", " 123 456");
  press("phone-code-submit");
  await screen.findByText("home");
  expect(store.getState().session.user?.phone_due).toBe(false);
  expect(sent.filter(({ line }) => line.endsWith("/confirm"))[1]?.body).toEqual({ code: "123456" });
});

it("says when no more codes are sent", async () => {
  show();
  await screen.findByTestId("phone-code-again");
  press("phone-code-again");
  await screen.findByText("too many tries; wait 60 s");
  expect(screen.queryByText(/new code is on its way/)).toBeNull();
});

it("lets a new client look around, and not the next one on this page", async () => {
  const store = show();
  await screen.findByTestId("verify-to");
  press("verify-later");
  await screen.findByText("home");
  expect(store.getState().ui.phone_later).toBe(true);
  store.dispatch(sessionEnded());
  expect(store.getState().ui.phone_later).toBe(false);
  store.dispatch(phoneLater());
});

it("asks for a code to a new address, and gives it up again", async () => {
  show("/contact");
  await screen.findByTestId("email-change");
  press("email-change");
  type("email-new", " new@b.in ");
  press("email-new-submit");
  expect((await screen.findByTestId("email-wait")).textContent).toBe("new@b.in");
  expect(sent.find(({ line }) => line === "POST /me/contact/email")?.body).toEqual({
    email: "new@b.in",
  });
  press("email-drop");
  await waitFor(() => expect(screen.queryByTestId("email-wait")).toBeNull());
  expect(screen.getByTestId("phone-now").textContent).toContain("Needed to trade");
});

it("shows a refused number at its field", async () => {
  show("/signup");
  for (const key of ["name", "email", "password"]) type(`signup-${key}`, "x@b.in");
  type("signup-phone", "12345");
  press("signup-submit");
  await screen.findByText("phone must be an Indian mobile number");
  expect(sent.find(({ line }) => line === "POST /auth/register")?.body).toMatchObject({
    phone: "12345",
  });
  expect(screen.queryByTestId("form-error")).toBeNull();
});

it("says no to support by a press, and what became of it", async () => {
  undone = "factors";
  show("/undo#what=factors&token=T");
  await screen.findByText(/asked to take the second factors/);
  expect(lines()).not.toContain("POST /auth/undo");
  press("undo-submit");
  await screen.findByText("Nothing is taken away");
  expect(sent.find(({ line }) => line === "POST /auth/undo")?.body).toEqual({ token: "T" });
  undone = "email";
});

it("takes a change back by a press only", async () => {
  show("/undo#token=T");
  await screen.findByTestId("undo-submit");
  expect(lines()).not.toContain("POST /auth/undo");
  press("undo-submit");
  await screen.findByTestId("undo-done");
  expect(sent.find(({ line }) => line === "POST /auth/undo")?.body).toEqual({ token: "T" });
});
