/* What can be asked for, in words (docs/access.md). */

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
