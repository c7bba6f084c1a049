import { type ReadonlySignal, effect } from "@preact/signals";
import { createParser } from "eventsource-parser";
import { ApiError, errorOf } from "../api/errors.ts";
import { delayMs } from "./backoff.ts";
import { whenTrue } from "./gate.ts";

export interface StreamEvent {
  /** null: an event that says nothing final, such as a log entry that still grows. */
  readonly id: string | null;
  readonly name: string;
  readonly data: string;
}

export interface StreamOptions {
  readonly url: string;
  /** Resume after this event. */
  readonly lastId?: string;
  readonly signal: AbortSignal;
  onEvent(event: StreamEvent): void;
  onState?(state: "open" | "waiting" | "paused"): void;
}

export interface StreamWire {
  send(request: Request): Promise<Response>;
  wait(ms: number, signal: AbortSignal): Promise<void>;
  random(): number;
  present: ReadonlySignal<boolean>;
}

interface Progress {
  lastId: string | null;
  isDone: boolean;
  received: number;
}

/**
 * Follows a stream until its event `done`, over any number of connections: each event arrives once and in order.
 *
 * The browser's own EventSource does neither send the header that Identity-Aware Proxy needs nor go on after an error.
 * Nobody looking closes the connection; it is opened again when the page is shown. Throws ApiError when trying again
 * cannot help.
 */
export async function follow(options: StreamOptions, wire: StreamWire): Promise<void> {
  const progress: Progress = { lastId: options.lastId ?? null, isDone: false, received: 0 };
  let failures = 0;
  for (;;) {
    if (!wire.present.peek()) options.onState?.("paused");
    await whenTrue(wire.present, options.signal);
    options.signal.throwIfAborted();
    const before = progress.received;
    const askedToWait = await connect(options, wire, progress);
    if (progress.isDone) return;
    options.signal.throwIfAborted();
    if (!wire.present.peek()) continue;
    failures = progress.received > before ? 0 : failures + 1;
    options.onState?.("waiting");
    const pause = delayMs(Math.max(0, failures - 1), wire.random());
    await wire.wait(Math.max(pause, askedToWait), options.signal);
  }
}

/** One connection; returns how many milliseconds the server asks to wait before the next. */
async function connect(options: StreamOptions, wire: StreamWire, progress: Progress): Promise<number> {
  const absent = new AbortController();
  const stopWatching = effect(() => {
    if (!wire.present.value) absent.abort();
  });
  try {
    const signal = AbortSignal.any([options.signal, absent.signal]);
    const answer = await wire.send(new Request(options.url, { headers: headersFor(progress), signal }));
    if (answer.status === 204) progress.isDone = true;
    if (!answer.ok) return await pauseAfter(answer);
    if (answer.body) await readEvents(answer.body, options, progress);
  } catch (error) {
    if (error instanceof ApiError) throw error;
  } finally {
    stopWatching();
  }
  return 0;
}

function headersFor(progress: Progress): HeadersInit {
  const accept = { Accept: "text/event-stream" };
  return progress.lastId === null ? accept : { ...accept, "Last-Event-ID": progress.lastId };
}

async function pauseAfter(answer: Response): Promise<number> {
  const error = await errorOf(answer);
  if (!error.isTemporary) throw error;
  return (error.retryAfterS ?? 0) * 1_000;
}

async function readEvents(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  options: StreamOptions,
  progress: Progress,
): Promise<void> {
  const parser = createParser({
    onEvent(event) {
      if (progress.isDone || (event.id !== undefined && event.id === progress.lastId)) return;
      progress.received += 1;
      progress.lastId = event.id ?? progress.lastId;
      progress.isDone = event.event === "done";
      options.onEvent({ id: event.id ?? null, name: event.event ?? "message", data: event.data });
    },
  });
  options.onState?.("open");
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    while (!progress.isDone) {
      const { done, value } = await reader.read();
      if (done) return;
      parser.feed(value);
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}
