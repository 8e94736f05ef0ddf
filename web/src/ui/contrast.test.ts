// @vitest-environment node
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

/* WCAG 2.2 contrast of every pair of colours that text is set in, from the stylesheet itself. */
const css = readFileSync("src/styles.css", "utf8");
const light = css.slice(css.indexOf("prefers-color-scheme: light"), css.indexOf("@theme"));
const dark = css.slice(0, css.indexOf("prefers-color-scheme: light"));

function colour(block: string, name: string): number[] {
  const own = new RegExp(`--${name}: #([0-9a-f]{6});`);
  const hex = (own.exec(block) ?? own.exec(dark))?.[1];
  if (!hex) throw new Error(`no colour --${name}`);
  return [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
}

function luminance(rgb: number[]): number {
  const [r = 0, g = 0, b = 0] = rgb.map((c) =>
    c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function ratio(one: number[], other: number[]): number {
  const [lo = 0, hi = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (hi + 0.05) / (lo + 0.05);
}

const surfaces = ["bg", "panel", "raised"];
const texts = ["text", "muted", "up", "down", "accent"];
const pairs = [
  ...texts.flatMap((text) => surfaces.map((surface) => [text, surface] as const)),
  ["on-accent", "accent"],
  ["on-side", "buy"],
  ["on-side", "sell"],
  ["warn", "warn-bg"],
] as const;

describe.each([
  ["dark", dark],
  ["light", light],
])("%s", (_name, block) => {
  it.each(pairs)("%s on %s", (text, surface) => {
    expect(ratio(colour(block, text), colour(block, surface))).toBeGreaterThanOrEqual(4.5);
  });
});

it("measures as the standard's own examples do", () => {
  expect(ratio([0, 0, 0], [1, 1, 1])).toBeCloseTo(21, 5);
  expect(ratio([0x77 / 255, 0x77 / 255, 0x77 / 255], [1, 1, 1])).toBeCloseTo(4.48, 2);
});
