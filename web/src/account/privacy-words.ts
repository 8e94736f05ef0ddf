/* Words and files of the privacy page. */
import type { ExportAnswer, RetentionRule } from "../api/types";

export interface ExportFile {
  name: string;
  data: BlobPart;
  type: string;
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

export function exportFile(answer: ExportAnswer, now: Date): ExportFile {
  const name = `bijli-${now.toISOString().slice(0, 10)}`;
  if ("pdf" in answer) {
    return { name: `${name}.pdf`, data: bytesOf(answer.pdf), type: "application/pdf" };
  }
  const data = JSON.stringify(answer.export, null, 2);
  return { name: `${name}.json`, data, type: "application/json" };
}

const WHAT: Record<string, string> = {
  erasure_notice: "Notice before an account is erased",
  trader_identity: "Who traded, after the last trade",
  trades: "Orders and trades",
  audit_entries: "The record of what was done",
  consents: "What you have agreed to",
  sessions: "Log-ins",
  mail_tokens: "Links in mails",
  login_pending: "Log-ins that were not finished",
  login_devices: "Known browsers",
  contact_changes: "Addresses and numbers that were never verified",
  contact_undos: "Addresses and numbers of before",
  unconfirmed: "Accounts that were never confirmed",
};

/* "Log-ins: 7 days"; PostgreSQL writes two days as "48:00:00". */
export function ruleWords({ what, keep }: RetentionRule): string {
  const hours = /^(\d+):00:00$/.exec(keep);
  return `${WHAT[what] ?? what}: ${hours ? `${hours[1]} hours` : keep}`;
}
