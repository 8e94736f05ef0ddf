import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { Provider } from "react-redux";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Money } from "../admin/money";
import { answerWith } from "../api/answer-with";
import { sessionBegan } from "../app/session";
import { makeStore } from "../app/store";
import { dialogsInTests } from "../ui/dialogs-in-tests";
import { FundsPage } from "./page";
import type { Bank, FundsAnswer, Payout, StaffPayout } from "./funds-api";
import { amountWrong } from "./withdraw";
import { bankNote, lineWord, payoutNote, rupees, withdrawBar } from "./words";

const LIMITS = { new_bank_hours: 24, day_max_count: 5, day_max_paise: 100_000_000, min_paise: 100 };
const BANK: Bank = {
  id: "1000",
  ifsc: "HDFC0001234",
  number: "**********5678",
  primary: true,
  state: "ready",
  added: "2026-11-27T09:15:00.000Z",
  usable: "2026-11-28T09:15:00.000Z",
  refused: "",
};
const PAYOUT: Payout = {
  id: "0190f5c8-7d1a-7abc-9def-0123456789ab",
  amount_paise: 150_000,
  state: "pending",
  asked: "2026-11-27T09:15:00.000Z",
  taken: "",
  ended: "",
  utr: "",
  reason: "",
  bank: { number: "**********5678", ifsc: "HDFC0001234" },
};
let funds: FundsAnswer;
let payouts: Payout[];
let staff: StaffPayout[];
let refuse: object | null;
let sent: { method: string; path: string; body: unknown }[] = [];

async function fakeFetch(input: Request): Promise<Response> {
  const path = new URL(input.url).pathname.replace("/api/v1", "");
  const headers = { "Content-Type": "application/json" };
  if (input.method !== "GET") {
    sent.push({ method: input.method, path, body: await input.json().catch(() => null) });
    if (refuse) return new Response(JSON.stringify({ error: refuse }), { status: 409, headers });
    return new Response(JSON.stringify({ payout: PAYOUT }), { headers });
  }
  const answers: Record<string, object> = {
    "/funds": funds,
    "/funds/payouts": { payouts },
    "/funds/ledger": { lines: [] },
    "/admin/payouts": { payouts: staff },
    "/admin/banks": { banks: [] },
    "/admin/receipts": { receipts: [] },
  };
  return new Response(JSON.stringify(answers[path] ?? {}), { headers });
}

function show(page: "funds" | "money", id = "1001") {
  const store = makeStore();
  const role = page === "funds" ? "client" : "admin";
  store.dispatch(
    sessionBegan({ user: { id, email: "a@b.in", name: "A", role, account_id: "1" }, csrf: "c" }),
  );
  render(
    <Provider store={store}>
      <MemoryRouter>{page === "funds" ? <FundsPage /> : <Money />}</MemoryRouter>
    </Provider>,
  );
}

beforeEach(() => {
  sent = [];
  refuse = null;
  payouts = [];
  staff = [];
  funds = {
    funds: {
      balance_paise: 500_000,
      held_paise: 0,
      trades_paise: 0,
      orders_paise: 0,
      free_paise: 500_000,
    },
    banks: [BANK],
    limits: LIMITS,
  };
  dialogsInTests();
  answerWith(fakeFetch);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const press = async (id: string) => fireEvent.click(await screen.findByTestId(id));
const type = (id: string, value: string) =>
  fireEvent.change(screen.getByTestId(id), { target: { value } });

it("sends the same id again when the first answer was a refusal", async () => {
  refuse = { code: "conflict", field: "amount_paise", text: "amount_paise is more than is free" };
  show("funds");
  await press("withdraw-open");
  type("withdraw-amount", "1,500");
  await press("withdraw-submit");
  expect(await screen.findByText("amount_paise is more than is free")).toBeDefined();
  refuse = null;
  await press("withdraw-submit");
  await waitFor(() => expect(sent.length).toBe(2));
  const [first, second] = sent.map(({ body }) => body as { id: string; amount_paise: number });
  expect(first?.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(second).toEqual({ id: first?.id, amount_paise: 150_000 });
});

it("asks nobody for what the page knows is wrong", async () => {
  show("funds");
  await press("withdraw-open");
  for (const amount of ["", "0.5", "5000.01", "five"]) {
    type("withdraw-amount", amount);
    await press("withdraw-submit");
  }
  expect(sent).toEqual([]);
  expect(screen.getByRole("alert").textContent).toContain("An amount in rupees");
});

it.each<[string, Bank[], number, string]>([
  ["no account", [], 500, "Add a bank account first."],
  ["none that is primary", [{ ...BANK, primary: false }], 500, "Add a bank account first."],
  [
    "one that waits",
    [{ ...BANK, state: "waiting" }],
    500,
    "Your bank account has to be confirmed first.",
  ],
  ["nothing free", [BANK], 0, "Nothing is free to be withdrawn."],
  ["all well", [BANK], 1, ""],
])("says what stands in the way: %s", (_name, banks, free_paise, bar) => {
  expect(withdrawBar(banks, free_paise)).toBe(bar);
});

it("says what is wrong with an amount", () => {
  expect(amountWrong(null, 500, LIMITS)).toContain("An amount");
  expect(amountWrong(99, 500, LIMITS)).toContain("At least");
  expect(amountWrong(99, 99, LIMITS)).toBeUndefined(); // all there is
  expect(amountWrong(501, 500, LIMITS)).toContain("At most");
  expect(amountWrong(500, 500, LIMITS)).toBeUndefined();
});

it("cancels what is not sent yet, and nothing else", async () => {
  payouts = [
    PAYOUT,
    { ...PAYOUT, id: "b", state: "sent", utr: "HDFCN52026112801" },
    { ...PAYOUT, id: "c", taken: "2026-11-27T10:15:00.000Z" },
  ];
  show("funds");
  const rows = await screen.findAllByTestId("payout");
  expect(rows.map((row) => row.dataset.state)).toEqual(["pending", "sent", "pending"]);
  expect(screen.getAllByText("Cancel").length).toBe(1);
  fireEvent.click(screen.getByText("Cancel"));
  await waitFor(() =>
    expect(sent[0]).toMatchObject({ method: "DELETE", path: `/funds/payouts/${PAYOUT.id}` }),
  );
});

it("says what became of a payout, a bank account, a transfer", () => {
  expect(payoutNote({ ...PAYOUT, state: "sent", utr: "UTR1" })).toContain("UTR1");
  expect(payoutNote({ ...PAYOUT, state: "returned", reason: "closed" })).toContain("closed");
  expect(bankNote({ ...BANK, state: "refused", refused: "another name" })).toBe("another name");
  expect(bankNote(BANK)).toBe("");
  const line = { id: "a", made: "", ended: "", corrects: "", amount_paise: 1 };
  expect(rupees(-250_050)).toBe("\u2212\u20b92,500.50");
  expect(lineWord({ ...line, what: "payout", state: "voided" })).toBe(
    "Withdrawal, not carried out",
  );
});

const STAFF: StaffPayout = {
  ...PAYOUT,
  user_id: "1001",
  bank_id: "1000",
  two_people: true,
  approved_by: "",
  approved: "",
  taken_by: "",
  ended_by: "",
};

it("lets the second person take and send what the first has approved, and not the first", async () => {
  staff = [STAFF];
  show("money", "7");
  await press(`approve-${STAFF.id}`);
  await waitFor(() =>
    expect(sent[0]).toMatchObject({ path: `/admin/payouts/${STAFF.id}/approve` }),
  );
  cleanup();
  staff = [{ ...STAFF, approved_by: "user:7" }];
  show("money", "7");
  expect(await screen.findByText("Somebody else has to pay it.")).toBeDefined();
  cleanup();
  show("money", "8");
  await screen.findByTestId(`take-${STAFF.id}`);
  expect(screen.queryByTestId(`send-${STAFF.id}`)).toBeNull();
  expect(screen.queryByText("Show the number")).toBeNull();
  await press(`take-${STAFF.id}`);
  await waitFor(() => expect(sent[1]).toMatchObject({ path: `/admin/payouts/${STAFF.id}/take` }));
  cleanup();
  staff = [{ ...STAFF, approved_by: "user:7", taken_by: "user:8" }];
  show("money", "9");
  expect(await screen.findByText("user:8 is paying it.")).toBeDefined();
  expect(screen.queryByText("Return")).toBeNull();
  cleanup();
  show("money", "8");
  expect(await screen.findByText("Show the number")).toBeDefined();
  await press(`send-${STAFF.id}`);
  type("money-text", " HDFCN52026112801 ");
  await press("money-submit");
  await waitFor(() =>
    expect(sent[2]).toEqual({
      method: "POST",
      path: `/admin/payouts/${STAFF.id}/send`,
      body: { utr: "HDFCN52026112801" },
    }),
  );
});
