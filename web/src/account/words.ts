/* What the server's names of acts, rules and browsers are in people's words. */
const ACTS: Record<string, string> = {
  "auth.register": "Account made",
  "auth.confirm": "Address confirmed",
  "auth.login": "Log-in",
  "auth.logout": "Log-out",
  "auth.password": "Password changed",
  "auth.password.rehash": "Password kept more safely",
  "auth.forgot": "Link for a new password asked for",
  "auth.reset": "Password set by a link",
  "auth.undo": "Change of address or number taken back",
  "user.suspend": "Account suspended by staff",
  "user.resume": "Account let in again by staff",
  "contact.ask": "New address or number given",
  "contact.code": "New code asked for",
  "contact.confirm": "Address or number verified",
  "contact.drop": "New address or number given up",
  "auth.prove": "Proof of who you are",
  "auth.factor.enrol": "Authenticator app: begun",
  "auth.factor.confirm": "Authenticator app: on",
  "auth.factor.drop": "Second factors: taken away by support",
  "auth.factor.keep": "Second factors: you said no to support",
  "auth.factor.remove": "Authenticator app: off",
  "auth.factor.codes": "New recovery codes",
  "auth.factor.recover": "Recovery code used",
  "auth.passkey.add": "Passkey added",
  "auth.passkey.name": "Passkey named",
  "auth.passkey.remove": "Passkey removed",
  "auth.factor.reseal": "Authenticator app kept more safely",
  "user.put": "Account set up",
  "session.name": "Session named",
  "session.moved": "Session used from another place",
  "session.revoke": "Session ended",
  "session.revoke.others": "Other sessions ended",
  "session.revoke.all": "Sessions of many ended",
  "device.forget": "Browser forgotten",
  "staff.device.ask": "Work computer asked for",
  "staff.device.approve": "Work computer given",
  "staff.device.refuse": "Work computer refused",
  "staff.device.revoke": "Work computer revoked",
  "watchlist.put": "Watchlist changed",
  "session.rotate": "Session has another key: an elevation began",
  "app.create": "API app made",
  "app.rotate": "API app: new secret",
  "app.addresses": "API app: addresses changed",
  "app.revoke": "API app ended",
  "app.consent": "API app allowed to act for you",
  "app.narrow": "Less allowed to an API app",
  "app.library": "Proof demanded of an API app changed",
  "app.session": "API app began to act for you",
  "app.logout": "API app logged itself out",
  "app.ungrant": "API app disconnected",
  "privacy.consent": "Consent given or withdrawn",
  "privacy.correct": "Name corrected",
  "privacy.erase": "Erasure of the account",
  "privacy.export": "Export of your data made",
  "privacy.keep": "Erasure withdrawn",
  "elevation.ask": "Elevation asked for",
  "elevation.approve": "Elevation approved",
  "elevation.refuse": "Elevation refused",
  "elevation.end": "Elevation ended",
  "user.set": "Role or rights changed",
  "user.reveal": "Name, address and number shown to staff",
};

/* An act that is new here is still said, by its own name. */
export function actText(act: string): string {
  return ACTS[act] ?? act;
}

const RULES: Record<string, string> = {
  new_device: "new browser",
  new_country: "new country",
  travel: "too far away for the time",
  unusual_time: "unusual time",
  rate: "many in a short time",
};

export function suspectText(suspect: string): string {
  return suspect
    .split(",")
    .map((rule) => RULES[rule] ?? rule)
    .join(", ");
}

const BROWSERS: [RegExp, string][] = [
  [/\bEdg\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bFirefox\//, "Firefox"],
  [/Chrome\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/\bAndroid\b/, "Android"],
  [/\biPhone\b|\biPad\b/, "iOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
];

const find = (list: [RegExp, string][], agent: string) =>
  list.find(([pattern]) => pattern.test(agent))?.[1];

/* "Chrome on Android"; what no rule knows as it calls itself, cut. */
export function browserText(agent: string): string {
  const browser = find(BROWSERS, agent);
  const system = find(SYSTEMS, agent);
  if (browser) return system ? `${browser} on ${system}` : browser;
  return agent.slice(0, 40) || "Unknown browser";
}
