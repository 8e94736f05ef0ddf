import { vi } from "vitest";

/* For tests: this answers in place of a server.  The test's own runtime has no page that an address
 * could be relative to. */
export function answerWith(answer: (request: Request) => Response | Promise<Response>): void {
  vi.stubGlobal("fetch", answer);
  const { Request: Plain } = globalThis;
  vi.stubGlobal(
    "Request",
    class extends Plain {
      constructor(input: string | Request, init?: RequestInit) {
        super(typeof input === "string" ? new URL(input, "http://bijli.localhost") : input, init);
      }
    },
  );
}
