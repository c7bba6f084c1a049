import { type ReadonlySignal, batch, signal } from "@preact/signals";
import { whenTrue } from "./gate.ts";
import { isAbort } from "./waiting.ts";

export const POLL_EVERY_MS = 5_000;

/** An answer with its ETag; `unchanged` for 304. */
export type Fresh<T> = { readonly value: T; readonly etag: string | null } | "unchanged";
export type Load<T> = (etag: string | null, signal: AbortSignal) => Promise<Fresh<T>>;

export interface PollWire {
  wait(ms: number, signal: AbortSignal): Promise<void>;
  present: ReadonlySignal<boolean>;
}

/** Asks again and again while somebody looks, and keeps the last answer; `value` survives errors. */
export class Poller<T> {
  readonly value = signal<T | null>(null);
  readonly error = signal<unknown>(null);
  readonly isLoading = signal(true);
  private stopped = new AbortController();
  private nudged = new AbortController();
  private etag: string | null = null;
  private isDue = false;
  private readonly load: Load<T>;
  private readonly wire: PollWire;
  private readonly everyMs: number | null;

  /** `everyMs` null: ask once, and again only on `refresh`. */
  constructor(load: Load<T>, wire: PollWire, everyMs: number | null = POLL_EVERY_MS) {
    this.load = load;
    this.wire = wire;
    this.everyMs = everyMs;
  }

  start(): void {
    this.run(this.stopped.signal).catch((error: unknown) => {
      if (!isAbort(error)) throw error;
    });
  }

  stop(): void {
    this.stopped.abort();
  }

  /** Ask now; once more when an answer is on its way, because it may be older than what `refresh` was called for. */
  refresh(): void {
    this.isDue = true;
    this.nudged.abort();
  }

  private async run(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      await whenTrue(this.wire.present, stopped);
      await this.ask(stopped);
      await this.pause(stopped);
    }
  }

  private async ask(stopped: AbortSignal): Promise<void> {
    this.isDue = false;
    try {
      const fresh = await this.load(this.etag, stopped);
      batch(() => {
        this.error.value = null;
        this.isLoading.value = false;
        if (fresh !== "unchanged") this.value.value = fresh.value;
      });
      if (fresh !== "unchanged") this.etag = fresh.etag;
    } catch (error) {
      if (stopped.aborted) throw error;
      batch(() => {
        this.error.value = error;
        this.isLoading.value = false;
      });
    }
  }

  private async pause(stopped: AbortSignal): Promise<void> {
    if (this.isDue) return;
    this.nudged = new AbortController();
    const either = AbortSignal.any([stopped, this.nudged.signal]);
    try {
      await this.wire.wait(this.everyMs ?? 2 ** 31 - 1, either);
    } catch (error) {
      if (stopped.aborted) throw error;
    }
  }
}
