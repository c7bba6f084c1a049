import { useEffect, useRef } from "preact/hooks";
import { pollWire } from "../api/client.ts";
import { type Load, Poller } from "../net/poll.ts";

/** What is asked for: a thing, and how it is looked at. */
interface Subject {
  readonly thing: string;
  readonly view: string;
}

/**
 * A Poller that starts with the component, and anew when its subject changes. Meanwhile the old value stays to be shown
 * if it is the same thing in another view; a text alone is a thing.
 */
export function usePolled<T>(subject: string | Subject, load: Load<T>, everyMs?: number | null): Poller<T> {
  const { thing, view } = typeof subject === "string" ? { thing: subject, view: "" } : subject;
  const held = useRef<(Subject & { readonly poller: Poller<T> }) | null>(null);
  let current = held.current;
  if (current?.thing !== thing || current.view !== view) {
    const started = new Poller(load, pollWire, everyMs);
    if (current?.thing === thing) started.value.value = current.poller.value.peek();
    current = { thing, view, poller: started };
    held.current = current;
  }
  const { poller } = current;
  useEffect(() => {
    poller.start();
    return () => poller.stop();
  }, [poller]);
  return poller;
}
