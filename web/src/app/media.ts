import { useSyncExternalStore } from "react";

const desktop = window.matchMedia("(min-width: 1024px)");

function subscribe(listener: () => void): () => void {
  desktop.addEventListener("change", listener);
  return () => desktop.removeEventListener("change", listener);
}

/* Phone and desktop are different trees, not one tree hidden by CSS: nothing is rendered twice. */
export function useDesktop(): boolean {
  return useSyncExternalStore(subscribe, () => desktop.matches);
}
