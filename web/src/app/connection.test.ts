import { describe, expect, it } from "vitest";
import { connectionOf } from "./connection";

const both = { ticks: true, orders: true };
const none = { ticks: false, orders: false };

describe("connectionOf", () => {
  it.each([
    ["all well", true, both, true, [], "live"],
    ["prices by HTTP only", true, { ticks: false, orders: true }, true, [], "delayed"],
    ["order updates missing", true, { ticks: true, orders: false }, true, [], "delayed"],
    ["the server says its feed is away", true, both, true, ["market data"], "delayed"],
    ["the server lost a part that prices do not need", true, both, true, ["mail"], "live"],
    ["sockets away, HTTP answers", true, none, true, [], "delayed"],
    ["nothing answers", true, none, false, [], "offline"],
    ["no network", false, both, true, [], "offline"],
  ] as const)("%s", (_name, online, links, httpOk, degraded, word) =>
    expect(connectionOf(online, links, httpOk, [...degraded])).toBe(word),
  );
});
