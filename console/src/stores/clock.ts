import { effect, signal } from "@preact/signals";
import { present } from "../api/client.ts";

/** The time, for "3 min ago": moves every 15 s while somebody looks. */
export const now = signal(Date.now());

effect(() => {
  if (!present.value) return;
  now.value = Date.now();
  const timer = setInterval(() => (now.value = Date.now()), 15_000);
  return () => clearInterval(timer);
});
