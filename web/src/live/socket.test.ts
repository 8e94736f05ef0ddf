import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Link } from "./link";
import { parseStream, throttle } from "./order-socket";
import { asksForTicket, modeTexts } from "./tick-socket";
import type { Mode } from "./ticks";

const modes = (...entries: [number, Mode][]) => new Map<number, Mode>(entries);

describe("modeTexts", () => {
  it.each([
    ["nothing new", modes([1, "quote"]), modes([1, "quote"]), []],
    [
      "a new row: subscribing is quote mode",
      modes(),
      modes([1, "quote"]),
      ['{"a":"subscribe","v":[257]}'],
    ],
    [
      "a new page",
      modes(),
      modes([1, "full"]),
      ['{"a":"subscribe","v":[257]}', '{"a":"mode","v":["full",[257]]}'],
    ],
    [
      "back to a row",
      modes([1, "full"]),
      modes([1, "quote"]),
      ['{"a":"mode","v":["quote",[257]]}'],
    ],
    [
      "gone",
      modes([1, "full"], [2, "quote"]),
      modes([2, "quote"]),
      ['{"a":"unsubscribe","v":[257]}'],
    ],
  ])("%s", (_name, asked, wanted, texts) => expect(modeTexts(asked, wanted)).toEqual(texts));
});

describe("asksForTicket", () => {
  it.each([
    ['{"type":"renew","data":"a new ticket is wanted within 30 s"}', true],
    ['{"type":"message","data":"renew"}', false],
    ["null", false],
    ["renew", false],
    ["", false],
  ])("%s", (text, asks) => expect(asksForTicket(text)).toBe(asks));
});

describe("parseStream", () => {
  it.each([
    ['{"type":"hello"}', true],
    ['{"type":"portfolio"}', true],
    ['{"type":"weather"}', false],
    ["[]", false],
    ["null", false],
    ['{"type":"ord', false],
    ["", false],
  ])("%s", (text, known) => expect(parseStream(text) !== null).toBe(known));
});

describe("throttle", () => {
  it("runs at once, then seldom, and never loses the last call", () => {
    vi.useFakeTimers();
    const run = vi.fn();
    const call = throttle(run, 500);
    for (let i = 0; i < 1_000; i += 1) call();
    expect(run).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(500);
    expect(run).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(5_000);
    expect(run).toHaveBeenCalledTimes(2);
    call();
    expect(run).toHaveBeenCalledTimes(3);
    vi.useRealTimers();
  });
});

class FakeSocket {
  binaryType = "";
  readyState = 0;
  sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  send = (text: string) => this.sent.push(text);
  close = vi.fn();
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
}

describe("Link", () => {
  let sockets: FakeSocket[] = [];
  let states: boolean[] = [];
  let heard: (string | ArrayBuffer)[] = [];
  let link: Link;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, "random").mockReturnValue(1);
    sockets = [];
    states = [];
    heard = [];
    link = new Link({
      silence_ms: 5_000,
      connect: async () => {
        sockets.push(new FakeSocket());
        return sockets.at(-1) as unknown as WebSocket;
      },
      onOpen: (socket) => socket.send("all of it again"),
      onMessage: (data) => heard.push(data),
      onState: (open) => states.push(open),
    });
  });

  afterEach(() => {
    link.stop();
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it("comes back after a close and asks again", async () => {
    link.start();
    await vi.advanceTimersByTimeAsync(0);
    sockets[0]?.open();
    sockets[0]?.onclose?.();
    await vi.advanceTimersByTimeAsync(250);
    expect(sockets).toHaveLength(2);
    sockets[1]?.open();
    expect(sockets[1]?.sent).toEqual(["all of it again"]);
    expect(states).toEqual([true, false, true]);
  });

  it("waits longer each time nobody answers", async () => {
    link.start();
    await vi.advanceTimersByTimeAsync(0);
    for (const wait_ms of [250, 500, 1_000, 2_000, 4_000, 8_000, 8_000]) {
      const cnt = sockets.length;
      sockets.at(-1)?.onclose?.();
      await vi.advanceTimersByTimeAsync(wait_ms - 1);
      expect(sockets).toHaveLength(cnt);
      await vi.advanceTimersByTimeAsync(1);
      expect(sockets).toHaveLength(cnt + 1);
    }
  });

  it("gives up a socket that has gone silent", async () => {
    link.start();
    await vi.advanceTimersByTimeAsync(0);
    sockets[0]?.open();
    await vi.advanceTimersByTimeAsync(4_000);
    sockets[0]?.onmessage?.({ data: "" });
    await vi.advanceTimersByTimeAsync(4_999);
    expect(states).toEqual([true]);
    await vi.advanceTimersByTimeAsync(1);
    expect(states).toEqual([true, false]);
    expect(sockets[0]?.close).toHaveBeenCalled();
  });

  async function renewed() {
    link.start();
    await vi.advanceTimersByTimeAsync(0);
    sockets[0]?.open();
    link.renew();
    link.renew(); /* once is enough */
    await vi.advanceTimersByTimeAsync(0);
    expect(sockets).toHaveLength(2);
  }

  it("changes its socket without a moment in which there is none", async () => {
    await renewed();
    sockets[0]?.onmessage?.({ data: "a" });
    sockets[1]?.open();
    expect(sockets[1]?.sent).toEqual(["all of it again"]);
    sockets[0]?.onmessage?.({ data: "b" });
    expect(sockets[0]?.close).not.toHaveBeenCalled();
    sockets[1]?.onmessage?.({ data: "c" });
    expect(sockets[0]?.close).toHaveBeenCalled();
    expect(sockets[0]?.onmessage).toBeNull(); /* nothing older comes after it */
    expect(heard).toEqual(["a", "b", "c"]);
    expect(states).not.toContain(false);
    sockets[1]?.onclose?.();
    await vi.advanceTimersByTimeAsync(250);
    expect(sockets).toHaveLength(3);
  });

  it("leaves the old one also if the new one has nothing to say", async () => {
    await renewed();
    sockets[1]?.open();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(sockets[0]?.close).toHaveBeenCalled();
    expect(sockets[1]?.close).not.toHaveBeenCalled();
  });

  it("keeps the old one while no new one is to be had, and tries again", async () => {
    await renewed();
    sockets[1]?.onclose?.();
    await vi.advanceTimersByTimeAsync(4_000);
    sockets[0]?.onmessage?.({ data: "still here" });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sockets).toHaveLength(3);
    sockets[2]?.open();
    sockets[2]?.onmessage?.({ data: "here" });
    expect(sockets[0]?.close).toHaveBeenCalled();
    expect(states).not.toContain(false);
  });

  it("takes the new one for its only one if the old one has gone meanwhile", async () => {
    await renewed();
    sockets[0]?.onclose?.();
    sockets[1]?.open();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sockets).toHaveLength(2);
    expect(states).toEqual([true, false, true]);
  });

  it("stays down when stopped", async () => {
    link.start();
    await vi.advanceTimersByTimeAsync(0);
    sockets[0]?.open();
    link.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets).toHaveLength(1);
    expect(states).toEqual([true, false]);
  });
});
