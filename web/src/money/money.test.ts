import { describe, expect, it } from "vitest";
import {
  changeBps,
  formatBps,
  formatPaise,
  formatQty,
  formatSignedPaise,
  formatVolume,
  parsePaise,
  parseQty,
  plainPaise,
} from "./format";
import { isOnTick, snapToTick, stepTick } from "./tick";

describe("formatPaise", () => {
  it.each([
    [0, "0.00"],
    [5, "0.05"],
    [99, "0.99"],
    [100, "1.00"],
    [99_999, "999.99"],
    [100_000, "1,000.00"],
    [12_345_678, "1,23,456.78"],
    [1_234_567_890, "1,23,45,678.90"],
    [-7, "\u22120.07"],
    [-123_456_789, "\u221212,34,567.89"],
    [Number.MAX_SAFE_INTEGER, "9,00,71,99,25,47,409.91"],
  ])("%d", (paise, text) => expect(formatPaise(paise)).toBe(text));

  it("groups as Intl does for en-IN", () => {
    const intl = new Intl.NumberFormat("en-IN", { minimumFractionDigits: 2 });
    for (let paise = 1; paise < 1e14; paise = paise * 7 + 3) {
      const whole = Math.trunc(paise / 100) * 100;
      expect(formatPaise(whole)).toBe(intl.format(whole / 100));
    }
  });

  it("marks gains, not zero", () => {
    expect(formatSignedPaise(150)).toBe("+1.50");
    expect(formatSignedPaise(-150)).toBe("\u22121.50");
    expect(formatSignedPaise(0)).toBe("0.00");
  });
});

describe("parsePaise", () => {
  it.each([
    ["0", 0],
    ["12", 1200],
    ["12.", 1200],
    ["12.5", 1250],
    ["12.05", 1205],
    [".5", 50],
    [" 1,23,456.78 ", 12_345_678],
    ["", null],
    [".", null],
    ["-1", null],
    ["1.005", null],
    ["1e3", null],
    ["0x10", null],
    ["abc", null],
    ["99999999999999999", null],
  ])("%j", (text, paise) => expect(parsePaise(text)).toBe(paise));

  it("reads back what plainPaise wrote", () => {
    for (let paise = 0; paise < 1e13; paise = paise * 3 + 1) {
      expect(parsePaise(plainPaise(paise))).toBe(paise);
    }
  });
});

describe("quantities and changes", () => {
  it.each([
    ["1", 1],
    ["1,500", 1500],
    ["0", 0],
    ["1.5", null],
    ["-1", null],
    ["", null],
  ])("parseQty %j", (text, qty) => expect(parseQty(text)).toBe(qty));

  it("formats", () => {
    expect(formatQty(1_234_567)).toBe("12,34,567");
    expect(formatQty(-10)).toBe("\u221210");
    expect(formatVolume(99_999)).toBe("99,999");
    expect(formatVolume(452_310)).toBe("4.52 L");
    expect(formatVolume(123_456_789)).toBe("12.34 Cr");
    expect(formatBps(changeBps(10_123, 10_000))).toBe("+1.23%");
    expect(formatBps(changeBps(9_877, 10_000))).toBe("\u22121.23%");
    expect(changeBps(0, 10_000)).toBe(0);
    expect(changeBps(10_000, 0)).toBe(0);
  });
});

describe("ticks", () => {
  const grid = { tick_paise: 5, band_lo_paise: 9_002, band_hi_paise: 11_003 };

  it.each([
    [10_000, true],
    [10_005, true],
    [10_003, false],
  ])("isOnTick %d", (price, on) => expect(isOnTick(price, 5)).toBe(on));

  it.each([
    [10_002, 10_000],
    [10_003, 10_005],
    [1, 9_005],
    [99_999, 11_000],
  ])("snapToTick %d", (price, snapped) => expect(snapToTick(price, grid)).toBe(snapped));

  it.each([
    [10_000, 1, 10_005],
    [10_000, -1, 9_995],
    [10_003, 1, 10_005],
    [10_003, -1, 10_000],
    [11_000, 1, 11_000],
    [9_005, -1, 9_005],
  ] as const)("stepTick %d %d", (price, way, next) =>
    expect(stepTick(price, way, grid)).toBe(next),
  );

  it("an upper band of 0 is no band", () => {
    expect(stepTick(5, 1, { tick_paise: 5, band_lo_paise: 0, band_hi_paise: 0 })).toBe(10);
    expect(stepTick(5, -1, { tick_paise: 5, band_lo_paise: 0, band_hi_paise: 0 })).toBe(5);
  });
});
