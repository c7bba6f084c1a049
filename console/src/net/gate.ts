import { type ReadonlySignal, effect } from "@preact/signals";

/** Resolves when `open` is true, at once if it is; rejects when `signal` is aborted. */
export function whenTrue(open: ReadonlySignal<boolean>, signal?: AbortSignal): Promise<void> {
  if (open.peek()) return Promise.resolve();
  return new Promise((resolve, reject) => {
    let stop: (() => void) | null = null;
    const end = (): void => {
      queueMicrotask(() => stop?.());
      signal?.removeEventListener("abort", refuse);
    };
    const refuse = (): void => {
      end();
      reject(signal?.reason);
    };
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    signal?.addEventListener("abort", refuse, { once: true });
    stop = effect(() => {
      if (!open.value) return;
      end();
      resolve();
    });
  });
}
