import { expect, test } from "vitest";
import { browserLacks, browserText } from "./browser";

const all = { isSecureContext: true, SecurityPolicyViolationEvent: class {}, WebSocket: class {} };

test("a browser that has everything lacks nothing", () => {
  expect(browserLacks(all)).toEqual([]);
});

test("what is missing is said", () => {
  expect(browserLacks({ ...all, isSecureContext: false })).toEqual(["an encrypted connection"]);
  expect(browserLacks({ WebSocket: class {}, isSecureContext: true })).toEqual([
    "a content security policy",
  ]);
  expect(browserText(browserLacks({}))).toBe(
    "Bijli does not start here: this browser lacks an encrypted connection and a content security policy and live connections." +
      " Use a current Chrome, Edge, Firefox or Safari.",
  );
});
