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

/* "09:15:03" for today in India, "23 Nov 09:15:03" for another day. */
export function formatTime(rfc3339: string, now: Date = new Date()): string {
  const at = new Date(rfc3339);
  if (Number.isNaN(at.getTime())) return "-";
  const time = clock.format(at);
  return day.format(at) === day.format(now) ? time : `${day.format(at)} ${time}`;
}
