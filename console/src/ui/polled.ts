import { useEffect, useRef } from "preact/hooks";
import { pollWire } from "../api/client.ts";
import { type Load, Poller } from "../net/poll.ts";

/** A Poller that starts with the component, and anew when `key` changes; meanwhile the old value stays to be shown. */
export function usePolled<T>(key: string, load: Load<T>, everyMs?: number | null): Poller<T> {
  const held = useRef<{ key: string; poller: Poller<T> } | null>(null);
  if (held.current?.key !== key) {
    const poller = new Poller(load, pollWire, everyMs);
    poller.value.value = held.current?.poller.value.peek() ?? null;
    held.current = { key, poller };
  }
  const { poller } = held.current;
  useEffect(() => {
    poller.start();
    return () => poller.stop();
  }, [poller]);
  return poller;
}
