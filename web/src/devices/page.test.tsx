import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { Provider } from "react-redux";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { answerWith } from "../api/answer-with";
import type { Role } from "../api/types";
import { sessionBegan } from "../app/session";
import { makeStore } from "../app/store";
import { dialogsInTests } from "../ui/dialogs-in-tests";
import type { WorkDevice } from "./devices-api";
import { WorkDevicesSection } from "./own";
import { DevicesPage } from "./page";

const row: WorkDevice = {
  id: "7",
  user_id: "1002",
  name: "Desk 3",
  state: "waits",
  asked_by: "user:1003",
  asked: "2026-08-03T10:00:00Z",
  reason: "new desk",
  decided_by: "",
  decided: "",
  serial: "",
  expires: "",
  revoked: "",
  revoked_by: "",
};
const good: WorkDevice = {
  ...row,
  state: "good",
  decided_by: "operator",
  decided: "2026-08-03T10:05:00Z",
  serial: "4A",
  expires: "2027-08-03T10:05:00Z",
};
let rows: WorkDevice[] = [];
let sent: { path: string; body: unknown }[] = [];

function show(list: WorkDevice[], role: Role = "admin", what = <DevicesPage />) {
  rows = list;
  const store = makeStore();
  const user = { id: "1001", email: "a@b.in", name: "A", role, account_id: "1001" };
  store.dispatch(sessionBegan({ user, csrf: "c" }));
  render(
    <Provider store={store}>
      <MemoryRouter>{what}</MemoryRouter>
    </Provider>,
  );
}

beforeEach(() => {
  sent = [];
  answerWith(async (input: Request) => {
    const body: unknown = input.method === "GET" ? null : await input.json().catch(() => null);
    if (input.method !== "GET") sent.push({ path: new URL(input.url).pathname, body });
    const answer = input.method === "GET" ? { devices: rows } : { device: good };
    const headers = { "Content-Type": "application/json" };
    return new Response(JSON.stringify(answer), { status: 200, headers });
  });
  dialogsInTests();
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("gives what somebody else asked for", async () => {
  show([row]);
  fireEvent.click(await screen.findByTestId("approve-7"));
  await waitFor(() =>
    expect(sent).toEqual([{ path: "/api/v1/admin/devices/7/approve", body: {} }]),
  );
});

it("offers no decision on one's own, on what one asked for, nor to who may not", async () => {
  for (const [list, role] of [
    [[{ ...row, user_id: "1001" }], "admin"],
    [[{ ...row, asked_by: "user:1001" }], "compliance"],
    [[row], "support"],
  ] as [WorkDevice[], Role][]) {
    show(list, role);
    await screen.findByText("Somebody else has to decide.");
    expect(screen.queryByTestId("approve-7")).toBeNull();
    cleanup();
  }
  for (const role of ["auditor", "support"] as Role[]) {
    show([good], role);
    await screen.findByTestId("device-7");
    expect(screen.queryByTestId("revoke-7")).toBeNull();
    cleanup();
  }
});

it("revokes with a reason", async () => {
  show([good], "compliance");
  fireEvent.click(await screen.findByTestId("revoke-7"));
  fireEvent.click(await screen.findByTestId("device-submit"));
  expect(sent).toEqual([]);
  fireEvent.change(screen.getByTestId("device-reason"), { target: { value: "lost " } });
  fireEvent.click(screen.getByTestId("device-submit"));
  await waitFor(() =>
    expect(sent).toEqual([{ path: "/api/v1/admin/devices/7/revoke", body: { reason: "lost" } }]),
  );
});

it("shows staff their own, and clients nothing", async () => {
  show([good], "risk", <WorkDevicesSection />);
  const shown = await screen.findByTestId("work-device");
  expect(shown.textContent).toMatch(/Desk 3.*May be used.*given by the operator.*until 2027-08-03/);
  cleanup();
  show([good], "client", <WorkDevicesSection />);
  expect(screen.queryByText(/work with/)).toBeNull();
});
