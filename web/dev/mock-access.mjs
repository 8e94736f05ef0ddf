/* mock-access - rights for a while, as the mock's admin sees them. */
const row = (id, more) => ({
  id,
  asker: "user:1007",
  asker_name: "Demo Dealer",
  what: "role:risk",
  reason: "limits while the risk desk is away",
  minutes: 60,
  state: "asked",
  asked: new Date().toISOString(),
  decider: "",
  decided: "",
  ends: "",
  own: false,
  about: "",
  checks: [],
  ...more,
});
const later = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString();
const rows = [
  row("8", {
    asker: "operator",
    what: "act:limit",
    reason: "the desk's new mandate",
    act: { level: "account", limit: "order_qty", account_id: "1001", value: 5000 },
    in_force: { value: 500 },
    outcome: "",
  }),
  row("7", {
    what: "act:limit",
    own: true,
    reason: "a block that is over",
    act: { level: "instrument", limit: "blocked", symbol: "TCS", value: -1 },
    in_force: { value: 1 },
    outcome: "",
  }),
  row("6", {
    what: "act:state",
    reason: "the news is out",
    act: { symbol: "INFY", state: "open" },
    in_force: { state: "halted" },
    outcome: "done",
    state: "ended",
    decided: later(-90),
    ends: later(-90),
  }),
  row("5", {
    what: "right:factor_drop",
    reason: "lost the phone on a train",
    minutes: 15,
    about: "1007",
    checks: ["call_back", "mail_word"],
  }),
  row("4", {}),
  row("3", { what: "right:day_end", own: true, minutes: 30, reason: "the close was missed" }),
  row("2", { asker: "operator", what: "right:user_set", state: "active", ends: later(20) }),
  row("1", { what: "right:user_reveal", state: "refused", decided: later(-60) }),
];

export const ROUTES = {
  "GET /elevations": () => [
    200,
    {
      elevations: rows,
      may_ask: ["right:day_end", "right:factor_drop", "right:user_set", "role:risk"],
      may_decide: true,
    },
  ],
  "POST /elevations": (body) => {
    rows.unshift(row(String(rows.length + 1), { ...body, own: true }));
    return [201, { elevation: rows[0] }];
  },
};

const YES_MS = 3_000;

/* What one person may not do alone; another says yes soon. */
export function waits(symbol, market) {
  const act = { symbol, state: "open" };
  const more = { what: "act:state", own: true, reason: "over", act, in_force: { state: "halted" } };
  const asked = row(String(rows.length + 1), { ...more, outcome: "" });
  rows.unshift(asked);
  setTimeout(() => {
    market.halt(symbol, "resume");
    Object.assign(asked, { state: "ended", outcome: "done", decided: later(0), ends: later(0) });
  }, YES_MS);
  return [202, { waits: { ...asked } }];
}

export const PATTERNS = [
  [
    /^POST \/elevations\/(\d+)\/(approve|refuse|end)$/,
    (m) => {
      const one = rows.find(({ id }) => id === m[1]);
      one.state = { approve: "active", refuse: "refused", end: "ended" }[m[2]];
      one.ends = one.decided = later(m[2] === "approve" ? one.minutes : 0);
      if (one.act && m[2] === "approve") Object.assign(one, { state: "ended", outcome: "done" });
      return [200, { elevation: one }];
    },
  ],
];
