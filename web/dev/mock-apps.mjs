/* mock-apps - API apps: one's own, one of somebody else that is connected, and one that asks. */
const KEY = "k3y".padEnd(16, "a");
const made = (more) => ({
  api_key: KEY,
  name: "Evening robot",
  user_id: "1001",
  own: true,
  redirect_url: "https://robot.example.com/back",
  scopes: ["profile", "orders.read"],
  ips: [],
  ips_for_all: false,
  kite_library: false,
  bound: false,
  granted: [],
  created: new Date().toISOString(),
  secret_set: new Date().toISOString(),
  ips_set: null,
  revoked: null,
  connected: false,
  ...more,
});
let apps = [
  made({ api_key: "a".repeat(16), ips: ["203.0.113.7"], ips_set: new Date().toISOString() }),
  made({
    api_key: "b".repeat(16),
    name: "Chartbook",
    own: false,
    connected: true,
    redirect_url: "https://chartbook.example.com/kite/callback",
    scopes: ["market.read", "portfolio.read", "orders.write"],
    granted: ["market.read", "portfolio.read"],
  }),
];
const secret = "s".repeat(43);

export const ROUTES = {
  "GET /apps": () => [200, { apps, url: "https://localhost:8454" }],
  "POST /apps": (body) => {
    if (!/^https:\/\//.test(body.redirect_url)) {
      const text = "redirect_url must begin with https://, or http:// of this machine";
      return [400, { error: { code: "bad_request", field: "redirect_url", text } }];
    }
    apps = [...apps, made({ ...body, api_key: "c".repeat(16) })];
    return [201, { app: apps.at(-1), api_secret: secret }];
  },
  "GET /connect": () => [200, { app: apps[1] }],
  "POST /connect": () => [200, { redirect: `${apps[1].redirect_url}?status=success` }],
};

export const PATTERNS = [
  [/^POST \/apps\/(\w+)\/secret$/, (m) => [200, { api_key: m[1], api_secret: secret }]],
  [
    /^PUT \/apps\/(\w+)\/addresses$/,
    (m, body) => {
      apps = apps.map((app) => (app.api_key === m[1] ? { ...app, ...body } : app));
      return [200, { app: apps[0] }];
    },
  ],
  [
    /^PUT \/apps\/(\w+)\/library$/,
    (m, body) => {
      apps = apps.map((app) => (app.api_key === m[1] ? { ...app, ...body } : app));
      return [200, { api_key: m[1], ...body }];
    },
  ],
  [
    /^PUT \/apps\/(\w+)\/grant$/,
    (m, body) => {
      apps = apps.map((app) => (app.api_key === m[1] ? { ...app, granted: body.scopes } : app));
      return [200, { api_key: m[1], granted: body.scopes }];
    },
  ],
  [
    /^DELETE \/apps\/(\w+)(\/grant)?$/,
    (m) => {
      apps = apps.filter((app) => app.api_key !== m[1]);
      return [204, null];
    },
  ],
];
