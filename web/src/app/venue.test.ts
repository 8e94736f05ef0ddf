import { describe, expect, it } from "vitest";
import { isPaper, venueTitle } from "./venue";

describe("the venue on every page", () => {
  it.each([
    { venue: "internal", simulated: false, paper: true },
    { venue: "internal", simulated: true, paper: true },
    { venue: "nse", simulated: true, paper: true },
    { venue: "nse", simulated: false, paper: false },
  ])("is paper unless orders reach NSE: %o", ({ paper, ...status }) => {
    expect(isPaper(status)).toBe(paper);
  });
  it("says where orders trade", () => {
    expect(venueTitle({ venue: "internal", simulated: true })).toMatch(/own market, not at NSE/);
    expect(venueTitle({ venue: "nse", simulated: true })).toMatch(/simulator/);
  });
});
