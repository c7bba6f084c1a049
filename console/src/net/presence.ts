import { type ReadonlySignal, signal } from "@preact/signals";

export const HIDDEN_FOR_MS = 60_000;

/** What of `document` is looked at. */
interface Visible {
  readonly visibilityState: DocumentVisibilityState;
  addEventListener(name: "visibilitychange", listener: () => void): void;
}

interface Timers {
  set(action: () => void, ms: number): unknown;
  clear(timer: unknown): void;
}

const realTimers: Timers = {
  set: (action, ms) => setTimeout(action, ms),
  clear: (timer) => clearTimeout(timer as number),
};

/** Whether somebody may be looking: false once the page has been hidden for a minute, true as soon as it is shown. */
export function watchPresence(page: Visible, timers: Timers = realTimers): ReadonlySignal<boolean> {
  const present = signal(true);
  let timer: unknown = null;
  const look = (): void => {
    timers.clear(timer);
    if (page.visibilityState === "visible") present.value = true;
    else timer = timers.set(() => (present.value = false), HIDDEN_FOR_MS);
  };
  page.addEventListener("visibilitychange", look);
  look();
  return present;
}
