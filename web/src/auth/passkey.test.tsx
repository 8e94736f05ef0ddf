import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { Provider } from "react-redux";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { makeStore } from "../app/store";
import { Login } from "./login";
import { askPasskey, makePasskey, toBytes, toText } from "./passkey";
import { answerWith } from "../api/answer-with";

const user = { id: "1", email: "a@b.in", name: "A", role: "client", account_id: "7" };
type Answer = [status: number, body: object];
let sent: { path: string; body: unknown }[] = [];
let answers: Answer[] = [];

async function fakeFetch(input: Request): Promise<Response> {
  const text = await input.text();
  sent.push({ path: new URL(input.url).pathname, body: text ? JSON.parse(text) : null });
  const [status, body] = answers.shift() ?? [500, {}];
  const headers = { "Content-Type": "application/json" };
  return new Response(JSON.stringify(body), { status, headers });
}

const bytes = (...data: number[]) => new Uint8Array(data).buffer;

/* What a browser gives; the classes are those that the page looks for. */
class FakeAssertion {
  clientDataJSON = bytes(1);
  authenticatorData = bytes(2);
  signature = bytes(3);
  userHandle: ArrayBuffer | null = bytes(255, 254);
}
class FakeAttestation {
  clientDataJSON = bytes(1);
  getAuthenticatorData = () => bytes(4, 5);
}
class FakeCredential {
  rawId = bytes(9, 9);
  constructor(public response: FakeAssertion | FakeAttestation) {}
}

const get = vi.fn<(options: CredentialRequestOptions) => Promise<unknown>>();
const create = vi.fn<(options: CredentialCreationOptions) => Promise<unknown>>();
const CHALLENGE = { challenge: "AAAA", rp_id: "b.in", timeout_ms: 300_000, allow: [] };
const ASSERTION = {
  credential: "CQk",
  client_data: "AQ",
  authenticator_data: "Ag",
  signature: "Aw",
  user_handle: "__4",
};

function show() {
  const store = makeStore();
  render(
    <Provider store={store}>
      <MemoryRouter>
        <Login />
      </MemoryRouter>
    </Provider>,
  );
  return store;
}

async function toSecondStep(factors: string[]) {
  answers = [[202, { next: "factor", pending: "P", factors }]];
  const store = show();
  fireEvent.change(screen.getByTestId("login-email"), { target: { value: "a@b.in" } });
  fireEvent.change(screen.getByTestId("login-password"), { target: { value: "correct horse" } });
  fireEvent.click(screen.getByTestId("login-submit"));
  await screen.findByTestId("factor-again");
  return store;
}

beforeEach(() => {
  [sent, answers] = [[], []];
  get.mockReset().mockResolvedValue(new FakeCredential(new FakeAssertion()));
  create.mockReset().mockResolvedValue(new FakeCredential(new FakeAttestation()));
  vi.stubGlobal("PublicKeyCredential", FakeCredential);
  vi.stubGlobal("AuthenticatorAssertionResponse", FakeAssertion);
  vi.stubGlobal("AuthenticatorAttestationResponse", FakeAttestation);
  Object.defineProperty(navigator, "credentials", { value: { get, create }, configurable: true });
  answerWith(fakeFetch);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("writes and reads base64url without padding", () => {
  for (const [data, text] of [
    [[], ""],
    [[0], "AA"],
    [[251, 255], "-_8"],
    [[255, 224, 0], "_-AA"],
  ] as [number[], string][]) {
    expect(toText(bytes(...data))).toBe(text);
    expect([...toBytes(text)]).toEqual(data);
  }
});

it("asks for a verified user, and names the passkeys that may answer", async () => {
  await askPasskey({ ...CHALLENGE, allow: ["CQk"] });
  const { publicKey: asked } = get.mock.calls[0]?.[0] ?? {};
  expect(asked?.userVerification).toBe("required");
  expect(asked?.rpId).toBe("b.in");
  expect(asked?.allowCredentials).toEqual([{ type: "public-key", id: toBytes("CQk") }]);
});

it("makes one that the device keeps, without attestation", async () => {
  const made = await makePasskey({
    challenge: "AAAA",
    rp_id: "b.in",
    timeout_ms: 1,
    user: { id: "__4", name: "a@b.in", display_name: "A" },
    algs: [-7, -257],
    exclude: ["CQk"],
  });
  expect(made).toEqual({ client_data: "AQ", authenticator_data: "BAU" });
  const { publicKey: asked } = create.mock.calls[0]?.[0] ?? {};
  expect(asked?.authenticatorSelection).toEqual({
    residentKey: "required",
    userVerification: "required",
  });
  expect(asked?.attestation).toBe("none");
  expect(asked?.pubKeyCredParams.map(({ alg }) => alg)).toEqual([-7, -257]);
  expect(asked?.excludeCredentials).toHaveLength(1);
});

it("logs in without a password", async () => {
  answers = [
    [200, CHALLENGE],
    [200, { user, csrf: "c" }],
  ];
  const store = show();
  fireEvent.click(screen.getByTestId("login-passkey"));
  await waitFor(() => expect(store.getState().session.phase).toBe("in"));
  expect(sent[1]).toEqual({ path: "/api/v1/auth/login/passkey", body: ASSERTION });
});

it("says why when the browser's dialog ends in nothing, and can be tried again", async () => {
  answers = [[200, CHALLENGE]];
  get.mockRejectedValueOnce(Object.assign(new Error("x"), { name: "NotAllowedError" }));
  show();
  fireEvent.click(screen.getByTestId("login-passkey"));
  await screen.findByText("Nothing was chosen, or it took too long.");
  expect(sent).toHaveLength(1);
  answers = [
    [200, CHALLENGE],
    [401, { error: { code: "not_logged_in", text: "this passkey is not known here" } }],
  ];
  fireEvent.click(screen.getByTestId("login-passkey"));
  await screen.findByText("this passkey is not known here");
});

it("offers no passkey where the browser has none", async () => {
  vi.stubGlobal("PublicKeyCredential", undefined);
  await toSecondStep(["passkey"]);
  expect(screen.queryByTestId("factor-passkey")).toBeNull();
  expect(screen.getByLabelText("Recovery code")).toBeTruthy();
});

it("takes a passkey as the second step", async () => {
  const store = await toSecondStep(["passkey"]);
  expect(screen.queryByTestId("factor-code")).toBeNull();
  answers = [
    [200, CHALLENGE],
    [200, { user, csrf: "c" }],
  ];
  fireEvent.click(screen.getByTestId("factor-passkey"));
  await waitFor(() => expect(store.getState().session.phase).toBe("in"));
  expect(sent.slice(1)).toEqual([
    { path: "/api/v1/auth/login/factor/challenge", body: { pending: "P" } },
    { path: "/api/v1/auth/login/factor/passkey", body: { pending: "P", ...ASSERTION } },
  ]);
});

it("takes a recovery code from who has lost the passkey", async () => {
  const store = await toSecondStep(["passkey"]);
  fireEvent.click(screen.getByTestId("factor-lost"));
  answers = [[200, { user, csrf: "c" }]];
  fireEvent.change(screen.getByTestId("factor-code"), { target: { value: "ABCDE" } });
  fireEvent.click(screen.getByTestId("factor-submit"));
  await waitFor(() => expect(store.getState().session.phase).toBe("in"));
  expect(sent[1]?.body).toEqual({ pending: "P", code: "ABCDE" });
});

it("offers both to who has both, and ends when it took too long", async () => {
  await toSecondStep(["code", "passkey"]);
  expect(screen.getByTestId("factor-code")).toBeTruthy();
  answers = [[401, { error: { code: "not_logged_in", text: "that took too long" } }]];
  fireEvent.click(screen.getByTestId("factor-passkey"));
  await screen.findByText("that took too long");
  await waitFor(() => expect(screen.queryByTestId("factor-passkey")).toBeNull());
  fireEvent.click(screen.getByTestId("factor-again"));
  expect(screen.getByTestId("login-passkey")).toBeTruthy();
});
