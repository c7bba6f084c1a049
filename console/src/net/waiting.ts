/** Why a wait ended early is the signal's own reason, as `fetch` gives it. */
export function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** Does something later, unless the function that it returns is called before. */
export function after(ms: number, action: () => void): () => void {
  const timer = setTimeout(action, ms);
  return () => clearTimeout(timer);
}

/** As `wait`, but over at once when the machine is back on the network. */
export function waitOrOnline(ms: number, signal?: AbortSignal): Promise<void> {
  const woken = new AbortController();
  const wake = (): void => woken.abort();
  addEventListener("online", wake, { once: true });
  const both = signal ? AbortSignal.any([signal, woken.signal]) : woken.signal;
  return wait(ms, both)
    .catch((reason: unknown) => {
      if (signal?.aborted || !woken.signal.aborted) throw reason;
    })
    .finally(() => removeEventListener("online", wake));
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
