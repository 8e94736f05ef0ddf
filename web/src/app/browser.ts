/**
 * What a browser must have so that the server's protections hold in it (docs/defence.md). Without one of these the page does not start:
 * whoever went on would be told nothing of what is missing.
 *
 * What cannot be seen from here is given by the scripts' own form: a browser that reads ES2022 modules keeps `__Host-` and SameSite
 * cookies, and one that does not never gets this far.
 */
type Sights = {
  isSecureContext?: boolean;
  SecurityPolicyViolationEvent?: unknown;
  WebSocket?: unknown;
};

const needs: [keyof Sights, string][] = [
  ["isSecureContext", "an encrypted connection"],
  ["SecurityPolicyViolationEvent", "a content security policy"],
  ["WebSocket", "live connections"],
];

/** In words; nothing: it has all of them. */
export function browserLacks(sights: Sights): string[] {
  return needs.filter(([name]) => !sights[name]).map(([, words]) => words);
}

export const browserText = (lacks: string[]) =>
  `Bijli does not start here: this browser lacks ${lacks.join(" and ")}. Use a current Chrome, Edge, Firefox or Safari.`;
