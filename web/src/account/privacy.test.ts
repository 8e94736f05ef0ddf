import { describe, expect, it } from "vitest";
import { exportFile, ruleWords } from "./privacy-words";

describe("an export", () => {
  const now = new Date("2026-11-27T10:00:00Z");
  it("is a PDF of the bytes that came", () => {
    const file = exportFile({ pdf: btoa("%PDF-1.3\u00ff") }, now);
    expect(file.name).toBe("bijli-2026-11-27.pdf");
    expect([...(file.data as Uint8Array)].slice(-2)).toEqual([0x33, 0xff]);
  });
  it("is JSON that can be read back", () => {
    const file = exportFile({ export: { made: "x" } }, now);
    expect(file.name).toBe("bijli-2026-11-27.json");
    expect(JSON.parse(file.data as string)).toEqual({ made: "x" });
  });
});

describe("a rule", () => {
  it("says what and how long", () => {
    expect(ruleWords({ what: "sessions", keep: "7 days", basis: "" })).toBe("Log-ins: 7 days");
    expect(ruleWords({ what: "erasure_notice", keep: "48:00:00", basis: "" })).toBe(
      "Notice before an account is erased: 48 hours",
    );
    expect(ruleWords({ what: "papers", keep: "1 year", basis: "" })).toBe("papers: 1 year");
  });
});
