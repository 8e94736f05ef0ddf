const wholeDay = new Intl.DateTimeFormat("en-IN", {
  timeZone: "UTC",
  day: "2-digit",
  month: "short",
  year: "numeric",
});

/* Of all locales Sweden's writes dates as the API does. */
const isoDay = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Kolkata" });

/* Times are shown in the exchange's own zone, wherever the client is. */
const clock = new Intl.DateTimeFormat("en-IN", {
  timeZone: "Asia/Kolkata",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

const day = new Intl.DateTimeFormat("en-IN", {
  timeZone: "Asia/Kolkata",
  day: "2-digit",
  month: "short",
});

/* "2026-08-03" -> "03 Aug 2026".  A date without a clock belongs to no zone. */
export function formatDay(date: string): string {
  const at = new Date(`${date}T00:00:00Z`);
  return Number.isNaN(at.getTime()) ? "-" : wholeDay.format(at);
}

/* The date it is in India, "2026-08-03". */
export function today(now: Date = new Date()): string {
  return isoDay.format(now);
}

/* "09:15:03" for today in India, "23 Nov 09:15:03" for another day. */
export function formatTime(rfc3339: string, now: Date = new Date()): string {
  const at = new Date(rfc3339);
  if (Number.isNaN(at.getTime())) return "-";
  const time = clock.format(at);
  return day.format(at) === day.format(now) ? time : `${day.format(at)} ${time}`;
}
