import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { Provider } from "react-redux";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { answerWith } from "../api/answer-with";
import { makeStore } from "../app/store";
import { dialogsInTests } from "../ui/dialogs-in-tests";
import { Halts } from "./halts";

vi.mock("../app/media", () => ({ useDesktop: () => true }));

const share = (symbol: string, token: number, state: string) => ({
  symbol,
  token,
  name: symbol,
  state,
  tick_paise: 5,
  lot_qty: 1,
  band_lo_paise: 100,
  band_hi_paise: 200,
  prev_close_paise: 150,
});
const resume = {
  id: "9",
  what: "act:state",
  state: "asked",
  act: { symbol: "TCS", state: "open" },
  in_force: { state: "halted" },
};
let posts: string[] = [];
let waiting: object[] = [];

async function fakeFetch(input: Request): Promise<Response> {
  const path = new URL(input.url).pathname;
  const headers = { "Content-Type": "application/json" };
  const answer = (status: number, json: object) =>
    new Response(JSON.stringify(json), { status, headers });
  if (input.method !== "GET") posts.push(path);
  if (path.endsWith("/resume")) return answer(202, { waits: resume });
  if (path.endsWith("/halt")) return answer(200, { symbol: "INFY", state: "halted" });
  if (path.endsWith("/elevations"))
    return answer(200, { elevations: waiting, may_ask: [], may_decide: true });
  const instruments = [share("INFY", 1, "open"), share("TCS", 2, "halted")];
  return answer(200, { instruments });
}

function show() {
  render(
    <Provider store={makeStore()}>
      <MemoryRouter>
        <Halts />
      </MemoryRouter>
    </Provider>,
  );
}

async function press(symbol: string) {
  fireEvent.click(await screen.findByTestId(`halt-button-${symbol}`));
  fireEvent.change(screen.getByTestId("halt-reason"), { target: { value: "why" } });
  fireEvent.submit(screen.getByTestId("halt-submit"));
}

beforeEach(() => {
  posts = [];
  waiting = [];
  answerWith(fakeFetch);
  dialogsInTests();
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("halts at once", async () => {
  show();
  await press("INFY");
  await waitFor(() => expect(screen.queryByTestId("halt-reason")).toBeNull());
  expect(posts).toEqual(["/api/v1/admin/instruments/INFY/halt"]);
  expect(screen.queryByTestId("halt-waits")).toBeNull();
});

it("says that a resume waits for a second person, and who that may be", async () => {
  show();
  await press("TCS");
  const note = await screen.findByTestId("halt-waits");
  expect(note.textContent).toContain("TCS stays halted: this waits for a second person.");
  expect(note.textContent).toContain("Somebody else, an admin or of compliance");
  expect(screen.getByRole("link", { name: "Approvals" })).toBeTruthy();
  fireEvent.click(screen.getByTestId("halt-close"));
  expect(screen.queryByTestId("halt-waits")).toBeNull();
});

it("shows which shares wait", async () => {
  waiting = [resume];
  show();
  expect(await screen.findByText("resume waits")).toBeTruthy();
});
