import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { Provider } from "react-redux";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { makeStore } from "../app/store";
import { Approvals, minutesWord } from "./approvals";
import { changeWords, rowWords, whatWords } from "./what";
import { answerWith } from "../api/answer-with";
import { dialogsInTests } from "../ui/dialogs-in-tests";

const row = {
  id: "7",
  asker: "user:1001",
  asker_name: "A Person",
  what: "right:day_end",
  reason: "the close was missed",
  minutes: 30,
  state: "asked",
  asked: "2026-08-03T10:00:00.000Z",
  decider: "",
  decided: "",
  ends: "",
  own: false,
  about: "",
  checks: [] as string[],
};
const MAY_ASK = ["right:user_set", "role:risk", "right:factor_drop"];
let list: object;
let sent: { method: string; path: string; body: unknown }[] = [];

async function fakeFetch(input: Request): Promise<Response> {
  const body: unknown = input.method === "GET" ? null : await input.json().catch(() => null);
  sent.push({ method: input.method, path: new URL(input.url).pathname, body });
  const answer = input.method === "GET" ? list : { elevation: row };
  const headers = { "Content-Type": "application/json" };
  return new Response(JSON.stringify(answer), { status: 200, headers });
}

function show(rows: object[], may_decide = true) {
  list = { elevations: rows, may_ask: MAY_ASK, may_decide };
  render(
    <Provider store={makeStore()}>
      <MemoryRouter>
        <Approvals />
      </MemoryRouter>
    </Provider>,
  );
}

beforeEach(() => {
  sent = [];
  answerWith(fakeFetch);
  dialogsInTests();
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("approves what somebody else asked for", async () => {
  show([row]);
  fireEvent.click(await screen.findByTestId("approve-7"));
  await waitFor(() =>
    expect(sent).toContainEqual({
      method: "POST",
      path: "/api/v1/elevations/7/approve",
      body: {},
    }),
  );
});

it("offers no decision to who may not, nor on one's own", async () => {
  show([row], false);
  await screen.findByTestId("elevation-7");
  expect(screen.queryByTestId("approve-7")).toBeNull();
  cleanup();
  show([{ ...row, own: true }]);
  await screen.findByTestId("elevation-7");
  expect(screen.queryByTestId("approve-7")).toBeNull();
  expect(screen.getByText("Somebody else has to decide.")).toBeTruthy();
});

const raise = {
  ...row,
  id: "8",
  what: "act:limit",
  act: { level: "account", limit: "order_qty", account_id: "1001", value: 5000 },
  in_force: { value: 500 },
  outcome: "" as const,
  state: "asked" as const,
};

it("says of an act what it would change, who decides, and what became of it", async () => {
  show([raise]);
  expect((await screen.findByTestId("change-8")).textContent).toBe("500 now, then 5,000");
  expect(screen.getByText("Loosen order qty of account 1001")).toBeTruthy();
  expect(screen.queryByText(/for 30 min/)).toBeNull();
  fireEvent.click(screen.getByTestId("approve-8"));
  await waitFor(() => expect(sent.some((one) => one.path.endsWith("/8/approve"))).toBe(true));
  cleanup();
  show([{ ...raise, own: true }]);
  expect(await screen.findByText(/an admin or of compliance, has to say yes/)).toBeTruthy();
  expect(screen.queryByTestId("approve-8")).toBeNull();
  cleanup();
  show([{ ...raise, state: "ended", outcome: "refused" }]);
  expect(await screen.findByText("not done")).toBeTruthy();
  expect(screen.getByTestId("change-8").textContent).toBe("500 before, then 5,000");
});

it("names every kind of act", () => {
  const words = (act: object, in_force: object) => {
    const one = { ...raise, act, in_force };
    return [rowWords(one), changeWords(one)];
  };
  expect(words({ symbol: "TCS", state: "open" }, { state: "halted" })).toEqual([
    "Resume TCS",
    "halted now, then open",
  ]);
  expect(words({ symbol: "ALL", state: "auction" }, { state: "halted" })).toEqual([
    "Let all shares go on",
    "halted now, then call auction",
  ]);
  const all = { symbol: "ALL", state: "open" };
  expect(words(all, { state: "halted", halted: 3, closed: 0, mark: 9 })[1]).toBe(
    "3 halted now, then open",
  );
  expect(words(all, { state: "halted", halted: 3, closed: 2, mark: 9 })[1]).toBe(
    "3 halted, 2 closed now, then open",
  );
  const auction = { symbol: "TCS", state: "auction", auction: "resume", reference_paise: 5005 };
  expect(words(auction, { state: "halted" })[1]).toBe(
    "halted now, then call auction, kind resume, reference 50.05",
  );
  const close = { symbol: "TCS", state: "closed", reference_paise: 5005 };
  expect(words(close, { state: "open" })[0]).toBe("Close TCS");
  const blocked = { level: "instrument", limit: "blocked", symbol: "TCS", value: -1 };
  expect(words(blocked, { value: 1 })).toEqual([
    "Loosen blocked of instrument in TCS",
    "1 now, then no limit",
  ]);
  expect(
    words({ symbol: "A", lo_paise: 100, hi_paise: 300 }, { lo_paise: 150, hi_paise: 250 }),
  ).toEqual(["Widen the band of A", "1.50 to 2.50 now, then 1.00 to 3.00"]);
});

it("ends what lasts, one's own and others'", async () => {
  show([{ ...row, state: "active", own: true, ends: "2026-08-03T10:30:00.000Z" }], false);
  fireEvent.click(await screen.findByTestId("end-7"));
  await waitFor(() => expect(sent.some((one) => one.path.endsWith("/7/end"))).toBe(true));
});

it("asks with what, how long and why", async () => {
  show([]);
  fireEvent.click(await screen.findByTestId("ask-open"));
  fireEvent.change(screen.getByTestId("ask-what"), { target: { value: "role:risk" } });
  const type = (value: string) =>
    fireEvent.change(screen.getByTestId("ask-reason"), { target: { value } });
  type("   ");
  fireEvent.submit(screen.getByTestId("ask-submit"));
  type("limits while risk is away");
  fireEvent.submit(screen.getByTestId("ask-submit"));
  await waitFor(() =>
    expect(sent.filter((one) => one.method === "POST")).toEqual([
      {
        method: "POST",
        path: "/api/v1/elevations",
        body: { what: "role:risk", minutes: 30, reason: "limits while risk is away" },
      },
    ]),
  );
});

it("asks for somebody's factors with whose and what was checked, and not before", async () => {
  show([]);
  fireEvent.click(await screen.findByTestId("ask-open"));
  expect(screen.queryByTestId("ask-about")).toBeNull();
  const change = (id: string, value: string) =>
    fireEvent.change(screen.getByTestId(id), { target: { value } });
  change("ask-what", "right:factor_drop");
  change("ask-about", "1007");
  change("ask-reason", "lost the phone");
  const posts = () => sent.filter((one) => one.method === "POST");
  for (const check of ["call_back", "account_facts"]) {
    fireEvent.click(screen.getByTestId(`ask-check-${check}`));
    fireEvent.submit(screen.getByTestId("ask-submit"));
  }
  expect(posts()).toEqual([]);
  fireEvent.click(screen.getByTestId("ask-check-account_facts"));
  fireEvent.click(screen.getByTestId("ask-check-mail_word"));
  fireEvent.submit(screen.getByTestId("ask-submit"));
  await waitFor(() =>
    expect(posts().map((one) => one.body)).toEqual([
      {
        what: "right:factor_drop",
        minutes: 30,
        reason: "lost the phone",
        about: "1007",
        checks: ["call_back", "mail_word"],
      },
    ]),
  );
});

it("shows who decides whose it is and what was checked", async () => {
  show([{ ...row, about: "1007", checks: ["call_back", "mail_word"] }]);
  const about = await screen.findByTestId("about-7");
  expect(about.textContent).toBe("Of user 1007. Checked: called back, word by mail.");
});

it("says it in words", () => {
  expect(whatWords("right:day_end")).toBe("End the trading day");
  expect(whatWords("role:risk")).toBe("Act as risk");
  expect(whatWords("right:some_new")).toBe("some new");
  expect(minutesWord(45)).toBe("45 min");
  expect(minutesWord(240)).toBe("4 h");
});
