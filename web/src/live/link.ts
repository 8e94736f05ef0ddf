/* A WebSocket that comes back: reconnects with jittered back-off, at once when the machine is
 * online again or the page is looked at, and takes a socket that has been silent too long for a
 * dead one.  renew() puts another in its place, without a moment in which there is none. */
import { backoffMs } from "./backoff";

/* How long an old socket may still speak beside a new one that says nothing yet. */
const OVERLAP_MS = 2_000;
/* Until the next try, where the new one could not be had. */
const RENEW_AGAIN_MS = 5_000;

export interface LinkOptions {
  /* Opens the next socket, or throws: no ticket, no network. */
  connect(): Promise<WebSocket>;
  onOpen(socket: WebSocket): void;
  onMessage(data: string | ArrayBuffer): void;
  onState(open: boolean): void;
  /* Silence after which the socket is given up; 0 where the server may be quiet for hours. */
  silence_ms: number;
}

export class Link {
  private socket: WebSocket | null = null;
  private running = false;
  private old: WebSocket | null = null;
  private busy = false;
  private renewing = false;
  private attempt = 0;
  private retryTimer = 0;
  private silenceTimer = 0;
  private oldTimer = 0;
  private renewTimer = 0;

  constructor(private readonly options: LinkOptions) {}

  start(): void {
    if (this.running) return;
    this.running = true;
    window.addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
    void this.dial();
  }

  stop(): void {
    this.running = false;
    this.renewing = false;
    window.removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    clearTimeout(this.retryTimer);
    this.drop();
  }

  send(text: string): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(text);
  }

  /* The next socket opens beside this one, which is closed once the next one has spoken. */
  renew(): void {
    if (!this.running || !this.socket || this.renewing) return;
    clearTimeout(this.renewTimer);
    this.renewing = true;
    void this.dialNext();
  }

  private async dialNext(): Promise<void> {
    try {
      const next = await this.options.connect();
      next.onopen = () => this.change(next);
      next.onclose = () => this.renewLater();
      if (!this.running) next.close();
    } catch {
      this.renewLater();
    }
  }

  /* It may be gone already: then the next one is no second one, but the first. */
  private change(next: WebSocket): void {
    this.renewing = false;
    next.onclose = null;
    if (!this.running || this.busy) {
      next.onopen = null;
      next.close();
      return;
    }
    clearTimeout(this.retryTimer);
    this.leave();
    this.old = this.socket;
    if (this.old) this.old.onclose = null;
    this.adopt(next);
    this.opened(next);
    this.oldTimer = window.setTimeout(() => this.leave(), OVERLAP_MS);
  }

  private renewLater(): void {
    this.renewing = false;
    clearTimeout(this.renewTimer);
    this.renewTimer = window.setTimeout(() => this.renew(), RENEW_AGAIN_MS);
  }

  private leave(): void {
    clearTimeout(this.oldTimer);
    const old = this.old;
    this.old = null;
    if (!old) return;
    old.onmessage = null;
    old.close();
  }

  private readonly wake = (): void => {
    if (!this.running || this.socket || document.visibilityState === "hidden") return;
    clearTimeout(this.retryTimer);
    this.attempt = 0;
    void this.dial();
  };

  private async dial(): Promise<void> {
    if (this.busy || this.socket) return;
    this.busy = true;
    try {
      const socket = await this.options.connect();
      if (this.running) this.adopt(socket);
      else socket.close();
    } catch {
      this.retryLater();
    } finally {
      this.busy = false;
    }
  }

  private adopt(socket: WebSocket): void {
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.opened(socket);
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      this.heard();
      if (socket === this.socket) this.leave();
      this.options.onMessage(event.data);
    };
    socket.onclose = () => {
      this.drop();
      this.retryLater();
    };
    this.heard();
  }

  private opened(socket: WebSocket): void {
    this.attempt = 0;
    this.heard();
    this.options.onState(true);
    this.options.onOpen(socket);
  }

  /* The old socket's handlers go first: its close event may come much later. */
  private drop(): void {
    clearTimeout(this.silenceTimer);
    clearTimeout(this.renewTimer);
    this.leave();
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this.options.onState(false);
  }

  private retryLater(): void {
    if (!this.running) return;
    clearTimeout(this.retryTimer);
    const wait_ms = backoffMs(this.attempt, Math.random());
    this.attempt += 1;
    this.retryTimer = window.setTimeout(() => void this.dial(), wait_ms);
  }

  private heard(): void {
    if (this.options.silence_ms === 0) return;
    clearTimeout(this.silenceTimer);
    this.silenceTimer = window.setTimeout(() => {
      this.drop();
      this.retryLater();
    }, this.options.silence_ms);
  }
}
