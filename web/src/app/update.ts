/* The service worker, and the moment a newer version of the app is waiting behind it. */

interface Policy {
  createScriptURL(url: string): string;
}

/* Browsers that enforce Trusted Types take a script's address only from a named policy. */
function workerUrl(): string {
  const url = "/sw.js";
  const factory = (window as { trustedTypes?: { createPolicy(n: string, p: Policy): Policy } })
    .trustedTypes;
  return factory
    ? factory.createPolicy("bijli", { createScriptURL: () => url }).createScriptURL(url)
    : url;
}

export async function registerWorker(onUpdate: (apply: () => void) => void): Promise<void> {
  if (!("serviceWorker" in navigator) || !import.meta.env.PROD) return;
  const hadOne = navigator.serviceWorker.controller !== null;
  const registration = await navigator.serviceWorker.register(workerUrl());

  const offer = (worker: ServiceWorker) =>
    onUpdate(() => {
      navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
      worker.postMessage({ type: "SKIP_WAITING" });
    });

  if (hadOne && registration.waiting) offer(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker?.addEventListener("statechange", () => {
      if (worker.state === "installed" && navigator.serviceWorker.controller) offer(worker);
    });
  });
}
