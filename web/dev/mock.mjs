/* mock - serves dist/ under the strict security policy and plays the API and the tick socket, so
 * that the app can be looked at without the rest of Bijli.  For development only: it is not part
 * of the product.
 *
 *   node dev/mock.mjs [--port N] [--halt SYMBOL]
 *
 * Logs in demo@bijli.localhost (client), dealer@ and admin@ with any password of 4 letters or
 * more, two@ also with the code 123456; more of them in mock-identity.mjs. */
import { createServer } from "node:http";
import { existsSync, readFileSync, statSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { WebSocketServer } from "ws";
import * as access from "./mock-access.mjs";
import * as apps from "./mock-apps.mjs";
import * as identity from "./mock-identity.mjs";
import { Market } from "./mock-market.mjs";

const args = process.argv.slice(2);
const option = (name, otherwise) => {
  const at = args.indexOf(`--${name}`);
  return at >= 0 ? args[at + 1] : otherwise;
};
const PORT = Number(option("port", "5199"));
const DIST = new URL("../dist/", import.meta.url).pathname;
const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  `connect-src 'self' ws://localhost:${PORT}`,
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types bijli",
].join("; ");
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webmanifest": "application/manifest+json",
};

const market = new Market(option("halt", ""));
function fail(code, text, more = {}) {
  const status = { bad_request: 400, not_logged_in: 401, csrf: 403, not_found: 404, rejected: 422 }[
    code
  ];
  return [status, { error: { code, text, ...more } }];
}

const OPEN_ROUTES = {
  "GET /health": () => [200, { ok: true }],
  ...identity.OPEN_ROUTES,
};

const ROUTES = {
  ...identity.ROUTES,
  ...access.ROUTES,
  ...apps.ROUTES,
  "GET /instruments": () => [200, { instruments: market.instruments() }],
  "GET /market/quotes": () => [200, { quotes: market.quotes() }],
  "GET /market/ticket": () => [
    200,
    { url: `ws://localhost:${PORT}/ticks`, ticket: "t", expires_s: 60 },
  ],
  "GET /watchlist": () => [200, { symbols: market.watchlist }],
  "PUT /watchlist": (body) => [200, { symbols: (market.watchlist = body.symbols) }],
  "GET /orders": () => [200, { orders: market.orders }],
  "POST /orders": (body) => market.place(body),
  "GET /trades": () => [200, { trades: market.trades }],
  "GET /positions": () => [200, { positions: market.positions() }],
  "GET /status": () => [200, market.status()],
  "GET /admin/orders": () => [200, { orders: market.orders }],
};

const PATTERNS = [
  ...access.PATTERNS,
  ...apps.PATTERNS,
  [/^GET \/market\/book\/(.+)$/, (m) => [200, market.book(m[1])]],
  [
    /^GET \/market\/candles\/(.+)$/,
    (m, _b, query) => [200, market.candles(m[1], query.get("interval"))],
  ],
  [
    /^(PATCH|DELETE) \/auth\/passkeys\/(.+)$/,
    (m, body, _q, session) => identity.changePasskey(m[1], m[2], body, session),
  ],
  [/^PATCH \/orders\/(.+)$/, (m, body) => market.modify(m[1], body)],
  [/^DELETE \/orders\/(.+)$/, (m) => market.cancel(m[1])],
  [/^POST \/admin\/instruments\/(.+)\/halt$/, (m) => market.halt(m[1], "halt")],
  [/^POST \/admin\/instruments\/(.+)\/resume$/, (m) => access.waits(m[1], market)],
];

function answer(req, res, body, url) {
  const key = `${req.method} ${url.pathname.slice("/api/v1".length)}`;
  if (OPEN_ROUTES[key]) return OPEN_ROUTES[key](body, url.searchParams, res);
  const session = identity.sessionOf(req);
  if (!session) return fail("not_logged_in", "log in first");
  if (!["GET", "HEAD"].includes(req.method) && req.headers["x-csrf-token"] !== session.csrf) {
    return fail("csrf", "the X-CSRF-Token header is missing or wrong");
  }
  const lacks = identity.lacksFactor(key, session);
  if (lacks) return lacks;
  if (ROUTES[key]) return ROUTES[key](body, url.searchParams, res, session);
  for (const [pattern, run] of PATTERNS) {
    const match = pattern.exec(key);
    if (match) return run(match, body, url.searchParams, session);
  }
  return fail("not_found", "no such path");
}

async function api(req, res, url) {
  let text = "";
  for await (const chunk of req) text += chunk;
  const [status, body] = answer(req, res, text ? JSON.parse(text) : {}, url);
  res.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  res.end(body === null ? undefined : JSON.stringify(body));
}

function file(res, path) {
  let name = join(DIST, normalize(path));
  if (!name.startsWith(DIST) || !existsSync(name) || statSync(name).isDirectory())
    name = join(DIST, "index.html");
  const headers = {
    "Content-Type": TYPES[extname(name)] ?? "application/octet-stream",
    "Content-Security-Policy": CSP,
  };
  if (existsSync(`${name}.br`)) {
    headers["Content-Encoding"] = "br";
    name += ".br";
  }
  res.writeHead(200, headers).end(readFileSync(name));
}

const server = createServer((req, res) => {
  const url = new URL(req.url, `http://localhost:${PORT}`);
  if (url.pathname.startsWith("/api/"))
    api(req, res, url).catch((error) => res.writeHead(500).end(String(error)));
  else file(res, decodeURIComponent(url.pathname));
});

const sockets = new WebSocketServer({ noServer: true });
server.on("upgrade", (req, socket, head) => {
  sockets.handleUpgrade(req, socket, head, (ws) => {
    if (req.url.startsWith("/ticks")) market.addTicker(ws);
    else market.addStream(ws);
  });
});
server.listen(PORT, "127.0.0.1", () => console.log(`mock: http://localhost:${PORT}`));
