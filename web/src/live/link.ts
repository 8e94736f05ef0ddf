/* A WebSocket that comes back: reconnects with jittered back-off, at once when the machine is
 * online again or the page is looked at, and takes a socket that has been silent too long for a
 * dead one. */
import { backoffMs } from "./backoff";

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
  private busy = false;
  private attempt = 0;
  private retryTimer = 0;
  private silenceTimer = 0;

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
    window.removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    clearTimeout(this.retryTimer);
    this.drop();
  }

  send(text: string): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(text);
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
    socket.onopen = () => {
      this.attempt = 0;
      this.heard();
      this.options.onState(true);
      this.options.onOpen(socket);
    };
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      this.heard();
      this.options.onMessage(event.data);
    };
    socket.onclose = () => {
      this.drop();
      this.retryLater();
    };
    this.heard();
  }

  /* The old socket's handlers go first: its close event may come much later. */
  private drop(): void {
    clearTimeout(this.silenceTimer);
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
