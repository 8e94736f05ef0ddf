/* mock-identity - the mock's users: any password of four letters or more is right, and so is the
 * code 123456; so is any passkey.  Who begins with "two" has an app, who begins with "key" a
 * passkey, who begins with "new" owes a phone number, of who begins with "must" or "show" a second
 * factor is demanded: one that there is not yet, one that this session has not shown. */
const CODE = "123456";
const CODES = Array.from(
  { length: 10 },
  (_, i) => `ABCD${"ABCDEFGHIJ"[i]}-FGHIJ-KLMNO-PQRST-UVWXYZ`,
);
/* Enough of a QR code to look at. */
const QR = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 29 29" shape-rendering="crispEdges">
<path fill="#fff" d="M0 0h29v29h-29z"/><path fill="#000" d="${Array.from(
  { length: 21 * 21 },
  (_, i) => ((i * 7919) % 13 < 6 ? `M${4 + (i % 21)} ${4 + Math.floor(i / 21)}h1v1h-1z` : ""),
).join("")}"/></svg>`;

const sessions = new Map();
const pending = new Map();
/* By e-mail address; which were ever made, for whoever logs in by one. */
const passkeys = new Map();
const ADDED = "2026-08-03T04:00:00.000Z";
const keysOf = (email) => {
  if (!passkeys.has(email)) {
    const first = { id: "1", name: "Old phone", created: ADDED, used: "" };
    passkeys.set(email, email.startsWith("key") ? [first] : []);
  }
  return passkeys.get(email);
};
const challenge = (more) => [
  200,
  { challenge: "A".repeat(43), rp_id: "localhost", timeout_ms: 300_000, ...more },
];
let cnt = 0;

function fail(code, text, more = {}) {
  const status = {
    bad_request: 400,
    not_logged_in: 401,
    wrong_factor: 403,
    step_up_required: 403,
    factor_required: 403,
    conflict: 409,
  }[code];
  return [status, { error: { code, text, ...more } }];
}

function userOf(email) {
  const role = ["admin", "dealer"].find((word) => email.startsWith(word)) ?? "client";
  const phone_due = email.startsWith("new") || email.startsWith("must");
  const factor_due = email.startsWith("must") ? "enrol" : email.startsWith("show") ? "prove" : "";
  const factor_demanded = factor_due ? "factor" : "none";
  const person = { id: "1", email, name: "Demo Client", role, account_id: "1001" };
  return { ...person, phone_due, factor_due, factor_demanded };
}

/* As the policy table has it (docs/access.md): "early", and what is early only to enrol. */
const EARLY =
  /^(GET \/me|GET \/auth\/(security|passkeys)|POST \/auth\/(logout|prove.*)|\w+ \/me\/sessions.*|GET \/me\/contact|DELETE \/me\/contact\/\w+|POST \/me\/contact\/\w+\/\w+)$/;
const EARLY_ENROL = /^POST \/auth\/(totp.*|passkeys.*|recovery)$/;
export function lacksFactor(key, session) {
  const due = session.answer.user.factor_due;
  if (!due || EARLY.test(key)) return null;
  if (due === "enrol" && EARLY_ENROL.test(key)) return null;
  return fail("factor_required", "a second factor is demanded of you");
}
const factorShown = (session) => (session.answer.user = { ...session.answer.user, factor_due: "" });

function begin(email, res) {
  cnt += 1;
  const answer = { user: userOf(email), csrf: `csrf-${cnt}` };
  sessions.set(`s${cnt}`, { ...answer, answer, totp: /^(two|show)/.test(email), left: 10 });
  res.setHeader(
    "Set-Cookie",
    `__Host-bj_session=s${cnt}; HttpOnly; Secure; SameSite=Strict; Path=/`,
  );
  return [200, answer];
}

/* Address and number: what there is, and what waits for the code 123456. */
const contactOf = (session) =>
  (session.contact ??= {
    email: { now: session.user.email, wait: null },
    phone: session.user.phone_due
      ? { now: "", verified: "", due: true, wait: { to: "+91********10", until: SOON } }
      : { now: "+91********01", verified: ADDED, due: false, wait: null },
  });
const SOON = "2026-08-03T10:10:00.000Z";
const contactRoutes = (kind, hint) => ({
  [`POST /me/contact/${kind}`]: (body, _q, _r, session) => {
    if (!session.proved && kind === "email") {
      return fail("step_up_required", "prove that it is you");
    }
    if (kind === "phone" && !/[6-9]\d{4} ?\d{5}$/.test(body.phone)) {
      const text = "phone must be an Indian mobile number: ten digits that begin with 6 to 9";
      return fail("bad_request", text, { field: "phone" });
    }
    contactOf(session)[kind].wait = { to: hint(body[kind]), until: SOON };
    return [202, { next: "code" }];
  },
  [`POST /me/contact/${kind}/code`]: () => [202, { next: "code" }],
  [`DELETE /me/contact/${kind}`]: (_b, _q, _r, session) => {
    contactOf(session)[kind].wait = null;
    return [204, null];
  },
  [`POST /me/contact/${kind}/confirm`]: (body, _q, _r, session) => {
    const contact = contactOf(session);
    if (body.code !== CODE) return fail("wrong_factor", "this code is wrong", { field: "code" });
    Object.assign(contact[kind], { now: contact[kind].wait.to, wait: null });
    if (kind === "phone") Object.assign(contact.phone, { verified: ADDED, due: false });
    session.answer.user = { ...session.answer.user, email: contact.email.now, phone_due: false };
    return [200, { ok: true }];
  },
});

const CONSENTS = [
  {
    purpose: "account",
    version: 2,
    title: "Your account and your orders",
    words:
      "Your name, e-mail address and mobile number, your orders, trades and positions, and when and from where you logged in. We need them to run your account, to tell you of changes to it, to carry out your orders and to keep the records that the law asks of a broker.",
    required: true,
    given: true,
    at: null,
  },
  {
    purpose: "product_news",
    version: 1,
    title: "News about Bijli by e-mail",
    words:
      "Your e-mail address, to write to you about new features, at most twice a month. Nobody else gets it.",
    required: false,
    given: false,
    at: null,
  },
];
const RULES = [
  {
    what: "trades",
    keep: "5 years",
    basis: "SEBI (Stock Brokers) Regulations 1992: books of account and contract records",
  },
  { what: "erasure_notice", keep: "48:00:00", basis: "DPDP Rules 2025: 48 hours' notice" },
];
const consentsOf = (session) => (session.consents ??= structuredClone(CONSENTS));

export const sessionOf = (req) =>
  sessions.get(/__Host-bj_session=(\w+)/.exec(req.headers.cookie ?? "")?.[1] ?? "");

export const OPEN_ROUTES = {
  "POST /auth/register": () => [202, { next: "confirm" }],
  "POST /auth/confirm": (body) =>
    body.token === "good"
      ? [200, { ok: true }]
      : fail("bad_request", "this link is used or too old"),
  "POST /auth/undo": (body) =>
    body.token === "good"
      ? [200, { back: "email" }]
      : fail("bad_request", "this link has been used, is too old, or is not whole"),
  "POST /auth/forgot": () => [202, { next: "mail" }],
  "POST /auth/reset": (body) =>
    body.password.length < 10
      ? fail("bad_request", "password is too easy to guess", { field: "password" })
      : [200, { ok: true }],
  "POST /auth/login": (body, _query, res) => {
    if (!body.password || body.password.length < 4) {
      return fail("not_logged_in", "e-mail or password is wrong");
    }
    const factors = [
      ...(body.email.startsWith("two") ? ["code"] : []),
      ...(keysOf(body.email).length > 0 ? ["passkey"] : []),
    ];
    if (factors.length === 0) return begin(body.email, res);
    cnt += 1;
    pending.set(`p${cnt}`, { email: body.email, tries: 0 });
    return [202, { next: "factor", pending: `p${cnt}`, factors }];
  },
  "POST /auth/login/passkey/challenge": () => challenge({ allow: [] }),
  "POST /auth/login/passkey": (_body, _query, res) => {
    const [email] = [...passkeys].find(([, list]) => list.length > 0) ?? [];
    return email ? begin(email, res) : fail("not_logged_in", "this passkey is not known here");
  },
  "POST /auth/login/factor/challenge": () => challenge({ allow: [] }),
  "POST /auth/login/factor/passkey": (body, _query, res) =>
    begin(pending.get(body.pending).email, res),
  "POST /auth/login/factor": (body, _query, res) => {
    const login = pending.get(body.pending);
    if (!login || login.tries++ >= 5) {
      return fail("not_logged_in", "that took too long or too many tries: log in again");
    }
    if (body.code !== CODE && !CODES.includes(body.code)) {
      return fail("wrong_factor", "this code is wrong or was used before", { field: "code" });
    }
    pending.delete(body.pending);
    return begin(login.email, res);
  },
};

export function changePasskey(method, id, body, session) {
  const list = keysOf(session.user.email);
  const at = list.findIndex((passkey) => passkey.id === id);
  if (method === "PATCH") {
    list[at].name = body.name;
    return [200, { id, name: body.name }];
  }
  if (!session.proved) return fail("step_up_required", "prove that it is you");
  list.splice(at, 1);
  return [204, null];
}
const AGENTS = [
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
];
const place = (i, current = false) => ({
  id: `${i}123456789abcdef`,
  name: "",
  user_agent: AGENTS[i],
  address: `203.0.113.${i + 7}`,
  created: "2026-08-03T03:45:00.000Z",
  seen: "2026-08-03T09:58:12.000Z",
  current,
});
const happened = (minute, act, more = {}) => ({
  time: `2026-08-03T09:${minute}:00.000Z`,
  act,
  outcome: "done",
  by: "you",
  address: "203.0.113.7",
  ...more,
});
const ACTIVITY = [
  happened(58, "auth.login", { suspect: "new_device,travel", address: "198.51.100.20" }),
  happened(57, "auth.login", { outcome: "refused", by: "unknown", reason: "wrong password" }),
  happened(31, "session.revoke", { by: "staff", address: undefined }),
  happened(15, "watchlist.put"),
];

const codes = (session) => {
  session.left = CODES.length;
  return [200, { recovery_codes: CODES }];
};

export const ROUTES = {
  "GET /me": (_b, _q, _r, session) => [200, session.answer],
  "POST /auth/logout": () => [204, null],
  "GET /auth/security": (_b, _q, _r, session) => [
    200,
    {
      totp: session.totp,
      passkeys: keysOf(session.user.email).length,
      recovery_left: session.totp || keysOf(session.user.email).length > 0 ? session.left : 0,
    },
  ],
  "GET /me/contact": (_b, _q, _r, session) => [200, contactOf(session)],
  ...contactRoutes("email", (to) => to),
  ...contactRoutes("phone", (to) => `+91********${to.slice(-2)}`),
  "DELETE /me/sessions": () => [200, { ended: 1 }],
  "GET /me/sessions": () => [200, { sessions: [place(0, true), place(1)] }],
  "GET /me/devices": () => [200, { devices: [place(0, true), place(2)] }],
  "GET /me/activity": () => [200, { activity: ACTIVITY }],
  "POST /auth/password": (body, _q, _r, session) => {
    if (!session.proved) return fail("step_up_required", "prove that it is you");
    if (body.old.length < 4) {
      return fail("wrong_factor", "this password is wrong", { field: "old" });
    }
    return [204, null];
  },
  "GET /me/privacy": (_b, _q, _r, session) => [
    200,
    { consents: consentsOf(session), erasure: session.erasure ?? null, rules: RULES },
  ],
  "POST /me/consents": (body, _q, _r, session) => {
    Object.assign(
      consentsOf(session).find(({ purpose }) => purpose === body.purpose),
      { given: body.given, at: new Date().toISOString() },
    );
    return [200, body];
  },
  "POST /me/export": (body) => [
    200,
    body.format === "pdf" ? { pdf: "JVBERi0xLjMK" } : { export: { made: "now", sections: [] } },
  ],
  "POST /me/erasure": (_b, _q, _r, session) => {
    const now = Date.now();
    const due = new Date(now + 48 * 3600_000).toISOString();
    session.erasure = { asked: new Date(now).toISOString(), due };
    return [202, { erasure: session.erasure }];
  },
  "DELETE /me/erasure": (_b, _q, _r, session) => {
    session.erasure = null;
    return [204, null];
  },
  "POST /auth/totp": () => [
    200,
    { secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", uri: "otpauth://totp/x", qr_svg: QR },
  ],
  "POST /auth/totp/confirm": (body, _q, _r, session) => {
    if (body.code !== CODE) {
      return fail("wrong_factor", "this code is wrong or was used before", { field: "code" });
    }
    session.totp = true;
    factorShown(session);
    return codes(session);
  },
  "GET /auth/passkeys": (_b, _q, _r, session) => [200, { passkeys: keysOf(session.user.email) }],
  "POST /auth/passkeys/challenge": (_b, _q, _r, session) => {
    if (!session.proved) return fail("step_up_required", "prove that it is you");
    const { email: name, name: display_name } = session.user;
    return challenge({
      user: { id: "AQID", name, display_name },
      algs: [-7, -8],
      exclude: [],
    });
  },
  "POST /auth/passkeys": (body, _q, _r, session) => {
    const list = keysOf(session.user.email);
    cnt += 1;
    factorShown(session);
    list.push({ id: `${cnt}`, name: body.name, created: ADDED, used: "" });
    return [201, { id: `${cnt}`, name: body.name, recovery_codes: list.length > 1 ? [] : CODES }];
  },
  "POST /auth/prove/challenge": () => challenge({ allow: [] }),
  "POST /auth/prove": (body, _q, _r, session) => {
    if (body.signature) {
      session.proved = true;
      factorShown(session);
      return [200, { fresh_s: 900 }];
    }
    const right = session.totp ? body.code === CODE : (body.password ?? "").length >= 4;
    const field = session.totp ? "code" : "password";
    if (!right) return fail("wrong_factor", `this ${field} is wrong or was used before`, { field });
    session.proved = true;
    factorShown(session);
    return [200, { fresh_s: 900 }];
  },
  "DELETE /auth/totp": (_b, _q, _r, session) => {
    if (!session.proved) return fail("step_up_required", "prove that it is you");
    session.totp = false;
    return [204, null];
  },
  "POST /auth/recovery": (_b, _q, _r, session) => codes(session),
};
