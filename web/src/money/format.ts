/* Money as text.  Everything inside the app is whole paise (an integer); rupees exist only here, as
 * strings, and no division that could lose a paisa is ever made. */

const MINUS = "\u2212";

/* groupIndian("12345678") is "1,23,45,678": three digits, then twos. */
function groupIndian(digits: string): string {
  if (digits.length <= 3) return digits;
  const head = digits.slice(0, -3).replace(/\B(?=(\d{2})+$)/g, ",");
  return `${head},${digits.slice(-3)}`;
}

/* 12345678 -> "1,23,456.78".  The argument must be a safe integer. */
export function formatPaise(paise: number): string {
  const digits = String(Math.abs(paise)).padStart(3, "0");
  const text = `${groupIndian(digits.slice(0, -2))}.${digits.slice(-2)}`;
  return paise < 0 ? MINUS + text : text;
}

/* As formatPaise, with "+" above zero: for profit, loss and change. */
export function formatSignedPaise(paise: number): string {
  return paise > 0 ? `+${formatPaise(paise)}` : formatPaise(paise);
}

/* What belongs in an input field: no grouping, so that it can be edited. */
export function plainPaise(paise: number): string {
  return formatPaise(paise).replaceAll(",", "").replace(MINUS, "-");
}

export function formatQty(qty: number): string {
  const text = groupIndian(String(Math.abs(qty)));
  return qty < 0 ? MINUS + text : text;
}

/* "1,234.5" -> 123450; null for anything that is not a whole number of paise or is out of range. */
export function parsePaise(text: string): number | null {
  const match = /^(\d*)(?:\.(\d{0,2}))?$/.exec(text.trim().replaceAll(",", ""));
  if (!match) return null;
  const rupees = match[1] ?? "";
  const part = match[2] ?? "";
  if (rupees === "" && part === "") return null;
  const paise = Number(rupees + part.padEnd(2, "0"));
  return Number.isSafeInteger(paise) ? paise : null;
}

/* "1,500" -> 1500; null for anything but digits and commas. */
export function parseQty(text: string): number | null {
  const digits = text.trim().replaceAll(",", "");
  if (!/^\d+$/.test(digits)) return null;
  const qty = Number(digits);
  return Number.isSafeInteger(qty) ? qty : null;
}

/* Change since the previous close in hundredths of a per cent; 0 where there is none. */
export function changeBps(lastPaise: number, prevClosePaise: number): number {
  if (lastPaise <= 0 || prevClosePaise <= 0) return 0;
  return Math.round(((lastPaise - prevClosePaise) * 10_000) / prevClosePaise);
}

/* 123 -> "+1.23%". */
export function formatBps(bps: number): string {
  return `${formatSignedPaise(bps)}%`;
}

/* A volume short enough for a header: 4,52,310 -> "4.52 L", crores as "Cr". */
export function formatVolume(qty: number): string {
  const [unit, name] = qty >= 10_000_000 ? [100_000, "Cr"] : [1_000, "L"];
  if (qty < 100_000) return formatQty(qty);
  return `${formatPaise(Math.trunc(qty / unit))} ${name}`;
}
