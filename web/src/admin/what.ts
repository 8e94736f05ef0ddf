/* What can be asked for, in words (docs/access.md). */

const RIGHTS: Record<string, string> = {
  day_end: "End the trading day",
  kill_member: "End everybody\u2019s orders",
  user_reveal: "See a person\u2019s name and e-mail",
  user_set: "Set a person\u2019s role and rights",
};

/* "right:day_end" or "role:risk"; an unknown one is shown as it came. */
export function whatWords(what: string): string {
  const [kind, name = ""] = what.split(":");
  if (kind === "role") return `Act as ${name}`;
  return RIGHTS[name] ?? name.replaceAll("_", " ");
}
