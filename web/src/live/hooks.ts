/* How screens read live prices. */
import {
  useCallback,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
  type RefObject,
} from "react";
import { ticks, type Mode, type Tick } from "./ticks";

/* The newest tick of an instrument; renders again at most once a frame. */
export function useTick(token: number | undefined): Tick | undefined {
  const subscribe = useCallback(
    (listener: () => void) =>
      token === undefined ? () => undefined : ticks.subscribe(token, listener),
    [token],
  );
  return useSyncExternalStore(subscribe, () =>
    token === undefined ? undefined : ticks.get(token),
  );
}

/* Asks the edge for this instrument for as long as the component stands and `wanted` holds. */
export function useWant(token: number | undefined, mode: Mode, wanted = true): void {
  useEffect(
    () => (token === undefined || !wanted ? undefined : ticks.want(token, mode)),
    [token, mode, wanted],
  );
}

/* Whether the element is on the screen, or nearly. */
export function useVisible(ref: RefObject<Element | null>): boolean {
  const [visible, setVisible] = useState(false);
  useEffect(() => {
    if (!ref.current) return undefined;
    const observer = new IntersectionObserver(
      (entries) => setVisible(entries.some((entry) => entry.isIntersecting)),
      { rootMargin: "80px" },
    );
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, [ref]);
  return visible;
}

/* A class that restarts its animation each time the price moves. */
export function useFlash(tick: Tick | undefined): string {
  const first = useRef(tick?.move_cnt ?? 0);
  if (!tick || tick.move_cnt === first.current || tick.direction === 0) return "";
  const way = tick.direction > 0 ? "flash-up" : "flash-down";
  return `${way}-${tick.move_cnt % 2}`;
}
