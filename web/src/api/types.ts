/* The shapes of docs/protocols/api.md, word for word.  Prices and money are whole paise. */

export const ROLES = [
  "client",
  "dealer",
  "risk",
  "compliance",
  "support",
  "admin",
  "auditor",
] as const;
export type Role = (typeof ROLES)[number];
/* Who works here: everybody but clients. */
export const STAFF = ROLES.filter((role) => role !== "client");
/* Who sees staff's computers. */
export const DEVICE_READERS: Role[] = ["support", "compliance", "admin", "auditor"];
/* Who sees everybody's money: all of staff but dealers. */
export const MONEY_STAFF = STAFF.filter((role) => role !== "dealer");
export type Side = "BUY" | "SELL";
export type OrderType = "LIMIT" | "MARKET" | "SL" | "SL-M";
export type Tif = "DAY" | "IOC" | "GTD" | "GTC";
export type OrderState = "open" | "trigger_pending" | "filled" | "cancelled" | "rejected";
export type InstrumentState =
  "open" | "halted" | "closed" | "auction" | "auction_limit" | "buffer" | "post_close";
export type Interval = "5s" | "15s" | "1m" | "5m" | "15m";

export interface User {
  id: string;
  email: string;
  name: string;
  role: Role;
  account_id: string;
  /* A phone number is to be verified before trading. */
  phone_due?: boolean;
  /* A second factor is demanded first: to be added, or, where there is one, proved by. */
  factor_due?: "" | "enrol" | "prove";
  factor_demanded?: "none" | "factor" | "passkey";
  /* This session is used from another place: what changes something asks for a proof first. */
  elsewhere?: boolean;
}

export interface Session {
  user: User;
  csrf: string;
}

/* The password was right; a code is to come, together with this. */
export interface FactorAsked {
  next: "factor";
  pending: string;
  /* Those that this person has. */
  factors: ("code" | "passkey")[];
}

export type ContactKind = "email" | "phone";

/* A password by a link: it is set, or a code went to the account's number first. */
export type ResetAnswer = { ok: boolean } | { next: "code"; sent_to: string };

/* One that waits for its code; `until` is "" where none was sent yet. */
export interface ContactWait {
  to: string;
  until: string;
}

/* Of the number no more than its last digits. */
export interface Contact {
  email: { now: string; wait: ContactWait | null };
  phone: { now: string; verified: string; due: boolean; wait: ContactWait | null };
}

export interface Security {
  totp: boolean;
  passkeys: number;
  recovery_left: number;
}

/* Bytes are base64url without padding. */
export interface PasskeyChallenge {
  challenge: string;
  rp_id: string;
  timeout_ms: number;
  /* Empty: any that the browser knows for us. */
  allow: string[];
}

export interface PasskeyCreation {
  challenge: string;
  rp_id: string;
  timeout_ms: number;
  user: { id: string; name: string; display_name: string };
  algs: number[];
  exclude: string[];
}

export interface PasskeyMade {
  client_data: string;
  authenticator_data: string;
}

export interface Assertion extends PasskeyMade {
  credential: string;
  signature: string;
  user_handle?: string;
}

export interface Passkey {
  id: string;
  name: string;
  created: string;
  /* "" if never. */
  used: string;
}

export interface PasskeyAdded {
  id: string;
  name: string;
  /* Empty unless it is the first factor. */
  recovery_codes: string[];
}

export interface LoggedIn {
  id: string;
  name: string;
  user_agent: string;
  address: string;
  created: string;
  seen: string;
  current: boolean;
}

export interface Device {
  id: string;
  user_agent: string;
  address: string;
  created: string;
  seen: string;
  current: boolean;
}

export interface Activity {
  time: string;
  act: string;
  outcome: "asked" | "done" | "refused" | "unknown";
  by: "you" | "staff" | "server" | "unknown";
  address?: string;
  reason?: string;
  /* The rules that a log-in met, "new_device,travel". */
  suspect?: string;
}

export interface Enrolment {
  secret: string;
  uri: string;
  qr_svg: string;
}

export interface Instrument {
  token: number;
  symbol: string;
  tick_paise: number;
  lot_qty: number;
  prev_close_paise: number;
  band_lo_paise: number;
  band_hi_paise: number;
  freeze_qty: number;
  state: InstrumentState;
}

export interface QuoteRow {
  token: number;
  symbol: string;
  last_paise: number;
  last_qty: number;
  bid_paise: number;
  bid_qty: number;
  ask_paise: number;
  ask_qty: number;
  open_paise: number;
  high_paise: number;
  low_paise: number;
  prev_close_paise: number;
  volume_qty: number;
  time: string;
  stale: boolean;
}

export interface Consent {
  purpose: string;
  version: number;
  title: string;
  words: string;
  required: boolean;
  given: boolean;
  at: string | null;
}

export interface RetentionRule {
  what: string;
  keep: string;
  basis: string;
}

export interface Privacy {
  consents: Consent[];
  erasure: { asked: string; due: string } | null;
  rules: RetentionRule[];
}

export type ExportFormat = "json" | "pdf";
/* The PDF in base64. */
export type ExportAnswer = { export: unknown } | { pdf: string };

export interface Order {
  order_id: string;
  client_order_id: string;
  account_id: string;
  symbol: string;
  token: number;
  side: Side;
  type: OrderType;
  tif: Tif;
  /* A GTD order's last day, "2026-08-03"; else "". */
  expiry: string;
  price_paise: number;
  trigger_price_paise: number;
  qty: number;
  disclosed_qty: number;
  filled_qty: number;
  leaves_qty: number;
  average_paise: number;
  state: OrderState;
  reason: string;
  reason_text: string;
  created: string;
  updated: string;
  /* The API app that placed it; null: a person or a desk did.  Without a name: it is there no more. */
  app: { id: string; api_key: string; name: string } | null;
}

export interface NewOrder {
  symbol: string;
  side: Side;
  type: OrderType;
  tif: Tif;
  qty: number;
  price_paise?: number;
  trigger_price_paise?: number;
  disclosed_qty?: number;
  expiry?: string;
  client_order_id: string;
}

/* What is absent stays as it was. */
export interface OrderChange {
  price_paise?: number;
  qty?: number;
  trigger_price_paise?: number;
  disclosed_qty?: number;
}

export interface Trade {
  trade_id: string;
  order_id: string;
  symbol: string;
  side: Side;
  price_paise: number;
  qty: number;
  time: string;
  maker: boolean;
  auction: boolean;
}

export interface Position {
  symbol: string;
  token: number;
  qty: number;
  buy_qty: number;
  buy_value_paise: number;
  sell_qty: number;
  sell_value_paise: number;
  average_paise: number;
  last_paise: number;
  realised_paise: number;
  unrealised_paise: number;
}

export interface Book {
  symbol: string;
  bids: BookLevel[];
  asks: BookLevel[];
  stale: boolean;
}

export interface BookLevel {
  price_paise: number;
  qty: number;
  orders: number;
}

/* epoch seconds, open, high, low, close, volume */
export type CandleRow = [number, number, number, number, number, number];

export interface Component {
  name: string;
  state: "up" | "degraded" | "down";
  text: string;
  figures?: Record<string, number>;
}

export interface Status {
  ok: boolean;
  venue: string;
  /** No order reaches a real market, whatever the venue. */
  simulated: boolean;
  degraded: string[];
  components: Component[];
}

export interface TickTicket {
  url: string;
  ticket: string;
  expires_s: number;
}

export interface ApiError {
  code: string;
  text: string;
  field?: string;
  reason?: string;
}

export type StreamMessage =
  | { type: "hello" }
  | { type: "order"; order: Order }
  | { type: "trade"; trade: Trade }
  | { type: "portfolio" }
  | { type: "status"; degraded: string[] };

export interface Elevation {
  id: string;
  asker: string;
  asker_name: string;
  what: string;
  reason: string;
  minutes: number;
  state: "asked" | "active" | "refused" | "ended" | "lapsed";
  asked: string;
  decider: string;
  decided: string;
  ends: string;
  own: boolean;
  /* Of taking somebody's factors away: whose, and how it was made sure who asks. */
  about: string;
  checks: string[];
  /* Of one act that takes a second person: what it would be, what is in force, what became of it. */
  act?: ElevationAct;
  in_force?: ElevationInForce;
  outcome?: "" | "done" | "refused" | "unknown";
}

export interface ElevationInForce {
  value?: number;
  state?: InstrumentState;
  lo_paise?: number;
  hi_paise?: number;
  /* Of an act for all shares: how many of them it would open. */
  halted?: number;
  closed?: number;
}

export interface ElevationAct {
  symbol?: string;
  state?: InstrumentState;
  auction?: "open" | "resume" | "close";
  reference_paise?: number;
  band_bp?: number;
  market_first?: boolean;
  lo_paise?: number;
  hi_paise?: number;
  level?: string;
  limit?: string;
  account_id?: string;
  session_id?: number;
  /* -1: no limit. */
  value?: number;
}

/* One person did it, or it waits for a second one. */
export type Told = { waits?: Elevation };

export interface ElevationAsk {
  what: string;
  minutes: number;
  reason: string;
  about?: string;
  checks?: string[];
}

export interface Elevations {
  elevations: Elevation[];
  may_ask: string[];
  may_decide: boolean;
}
