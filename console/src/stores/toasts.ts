import { signal } from "@preact/signals";
import { explain } from "../api/errors.ts";

export interface Toast {
  readonly id: number;
  readonly tone: "good" | "bad";
  readonly title: string;
  readonly text: string;
}

const SHOWN_FOR_MS = 8_000;

export const toasts = signal<readonly Toast[]>([]);
let last = 0;

/** A short message at the edge of the page. Bad news stays until it is closed. */
export function say(title: string, text = "", tone: Toast["tone"] = "good"): void {
  const toast = { id: ++last, tone, title, text };
  toasts.value = [...toasts.peek().slice(-3), toast];
  if (tone === "good") setTimeout(() => dismiss(toast.id), SHOWN_FOR_MS);
}

export function sayError(error: unknown): void {
  const { title, detail, advice, requestId } = explain(error);
  const id = requestId ? ` (request ${requestId})` : "";
  say(title, `${detail ? `${detail} ` : ""}${advice}${id}`, "bad");
}

export function dismiss(id: number): void {
  toasts.value = toasts.peek().filter((toast) => toast.id !== id);
}
