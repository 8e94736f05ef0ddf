/* What can be asked for, in words (docs/access.md). */
import type { Elevation, ElevationAct, ElevationInForce } from "../api/types";
import { phaseOf } from "../instrument/phase";
import { formatPaise, formatQty } from "../money/format";

const RIGHTS: Record<string, string> = {
  day_end: "End the trading day",
  limit_lift: "Take a limit or a block away",
  kill_member: "End everybody\u2019s orders",
  factor_drop: "Take a person\u2019s second factors away",
  user_reveal: "See a person\u2019s name and e-mail",
  user_set: "Set a person\u2019s role and rights",
};

/* "right:day_end" or "role:risk"; an unknown one is shown as it came. */
export function whatWords(what: string): string {
  const [kind, name = ""] = what.split(":");
  if (kind === "role") return `Act as ${name}`;
  return RIGHTS[name] ?? name.replaceAll("_", " ");
}

const level = (value = 0) => (value < 0 ? "no limit" : formatQty(value));
const band = (of: ElevationAct) =>
  `${formatPaise(of.lo_paise ?? 0)} to ${formatPaise(of.hi_paise ?? 0)}`;

/* Whose limit, or which share. */
function actOf(act: ElevationAct): string {
  if (!act.limit) return act.symbol === "ALL" ? "all shares" : (act.symbol ?? "");
  const whose = [act.level, act.account_id ?? act.session_id].filter(Boolean).join(" ");
  return `${act.limit.replaceAll("_", " ")} of ${whose}${act.symbol ? ` in ${act.symbol}` : ""}`;
}

/* What comes with a phase. */
function besides(act: ElevationAct): string[] {
  return [
    act.auction ? `kind ${act.auction}` : "",
    act.reference_paise ? `reference ${formatPaise(act.reference_paise)}` : "",
    act.band_bp ? `band ${act.band_bp / 100} %` : "",
    act.market_first ? "market orders first" : "",
  ].filter(Boolean);
}

function valueOf(act: ElevationAct): string {
  if (act.value !== undefined) return level(act.value);
  if (act.lo_paise !== undefined) return band(act);
  return act.state ? [phaseOf(act.state).word, ...besides(act)].join(", ") : "";
}

/* What a row of the list is about: a right, or one act that takes two. */
export function rowWords(row: Elevation): string {
  const { act } = row;
  if (!act) return whatWords(row.what);
  if (act.limit) return `Loosen ${actOf(act)}`;
  if (act.lo_paise !== undefined) return `Widen the band of ${actOf(act)}`;
  if (act.state === "closed") return `Close ${actOf(act)}`;
  return act.state === "open" ? `Resume ${actOf(act)}` : `Let ${actOf(act)} go on`;
}

/* Of all shares: how many there are to open. */
function inForce(is: ElevationInForce): string {
  if (!is.halted && !is.closed) return valueOf(is);
  return [is.halted ? `${is.halted} halted` : "", is.closed ? `${is.closed} closed` : ""]
    .filter(Boolean)
    .join(", ");
}

/* "halted now, then open"; "before", once it is decided; null where it is a right. */
export function changeWords(row: Elevation): string | null {
  if (!row.act) return null;
  const when = row.state === "asked" ? "now" : "before";
  return `${inForce(row.in_force ?? {})} ${when}, then ${valueOf(row.act)}`;
}

export const WHO_DECIDES = "Somebody else, an admin or of compliance, has to say yes.";

export const FACTOR_DROP = "right:factor_drop";

/* How support makes sure who asks (docs/help-lost-factors.md). */
export const CHECKS: { name: string; label: string; done: string }[] = [
  {
    name: "call_back",
    label: "Called the verified number on file, and the person answered",
    done: "called back",
  },
  {
    name: "mail_word",
    label: "Mailed a word to the address on file, and heard it in that call",
    done: "word by mail",
  },
  {
    name: "account_facts",
    label: "Asked what only the owner knows",
    done: "facts of the account",
  },
  {
    name: "video_document",
    label: "Saw person and photo document in a video call",
    done: "document by video",
  },
  {
    name: "in_person_document",
    label: "Saw person and photo document in the office",
    done: "document in person",
  },
];

/* Address and number, as when the account was opened; or a document, where the person is. */
export function checksDo(checks: string[]): boolean {
  const has = (name: string) => checks.includes(name);
  return (has("call_back") && has("mail_word")) || has("in_person_document");
}

export function checksWords(checks: string[]): string {
  return checks.map((one) => CHECKS.find(({ name }) => name === one)?.done ?? one).join(", ");
}
