import { expect, it } from "vitest";
import { actText, browserText, suspectText } from "./words";

it("names browsers by the first that fits", () => {
  const chrome =
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36";
  expect(browserText(chrome)).toBe("Chrome on Android");
  expect(browserText(`${chrome} Edg/130.0`)).toBe("Edge on Android");
  expect(browserText("Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/132.0")).toBe(
    "Firefox on Windows",
  );
  expect(browserText("curl/8.0")).toBe("curl/8.0");
  expect(browserText("x".repeat(90))).toHaveLength(40);
  expect(browserText("")).toBe("Unknown browser");
});

it("says acts and rules in words, and what it does not know as it is", () => {
  expect(actText("auth.login")).toBe("Log-in");
  expect(actText("app.session")).toBe("API app began to act for you");
  expect(actText("app.made")).toBe("app.made");
  expect(suspectText("new_device,travel")).toBe("new browser, too far away for the time");
  expect(suspectText("moon")).toBe("moon");
});
