import { signal } from "@preact/signals";

let ticking: ReturnType<typeof setInterval> | undefined;

/** The time, for "3 min 20 s so far": moves every second while something on the page shows it. */
export const second = signal(Date.now(), {
  watched() {
    queueMicrotask(() => (second.value = Date.now())); // not while something is being drawn
    ticking = setInterval(() => (second.value = Date.now()), 1_000);
  },
  unwatched() {
    clearInterval(ticking);
  },
});
