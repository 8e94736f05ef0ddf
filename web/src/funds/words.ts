/* What money is called on the page. */
import { formatPaise } from "../money/format";
import { formatTime } from "../ui/time";
import type { Bank, Line, Payout } from "./funds-api";

/* "\u2212\u20b92,500.50": the sign before the rupee's. */
export const rupees = (paise: number) =>
  `${paise < 0 ? "\u2212" : ""}\u20b9${formatPaise(Math.abs(paise))}`;

export const PAYOUT = {
  pending: { word: "to be sent", tone: "warn" },
  sent: { word: "sent", tone: "good" },
  returned: { word: "not sent", tone: "bad" },
  cancelled: { word: "cancelled", tone: "plain" },
} as const;

export function payoutNote({ state, utr, reason, asked, taken, ended }: Payout): string {
  if (state === "sent") return `sent ${formatTime(ended)}, bank reference ${utr}`;
  if (state === "returned") return `${formatTime(ended)}: ${reason}`;
  if (state === "cancelled") return `cancelled ${formatTime(ended)}`;
  if (taken) return `asked ${formatTime(asked)}; it is being paid at the bank now`;
  return `asked ${formatTime(asked)}; you can cancel it until we pay it`;
}

export const BANK = {
  unchecked: { word: "being checked", tone: "warn" },
  refused: { word: "not confirmed", tone: "bad" },
  waiting: { word: "waiting", tone: "warn" },
  ready: { word: "confirmed", tone: "good" },
} as const;

export function bankNote({ state, refused, usable }: Bank): string {
  if (state === "unchecked") return "We send one rupee to make sure that it is yours.";
  if (state === "refused") return refused;
  if (state === "waiting") return `No money goes there before ${formatTime(usable)}.`;
  return "";
}

const LINE = {
  receipt: "Money received",
  payout: "Withdrawal",
  settlement: "Settlement",
  correction: "Correction",
} as const;

const LINE_STATE = {
  pending: ", held",
  posted: "",
  voided: ", not carried out",
  expired: ", over its time",
} as const;

export const lineWord = ({ what, state }: Line) => LINE[what] + LINE_STATE[state];

/* Why nothing can be withdrawn now; "": it can. */
export function withdrawBar(banks: Bank[], free_paise: number): string {
  const primary = banks.find((bank) => bank.primary);
  if (!primary) return "Add a bank account first.";
  if (primary.state !== "ready") return "Your bank account has to be confirmed first.";
  if (free_paise <= 0) return "Nothing is free to be withdrawn.";
  return "";
}
