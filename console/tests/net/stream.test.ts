import { signal } from "@preact/signals";
import { expect, test } from "vitest";
import { type StreamEvent, type StreamWire, follow } from "../../src/net/stream.ts";
import { ApiError } from "../../src/api/errors.ts";

const URL_OF_STREAM = "http://sluice.test/api/runs/run-1a2b3c4d/events";

const MOST_AT_ONCE = 20; // events of a connection

/** A server with `total` events, of which the last is `done`; it cuts each connection after some bytes. */
class Server {
  readonly asked: (string | null)[] = [];
  private readonly total: number;
  private readonly cutAfter: () => number;

  constructor(total: number, cutAfter: () => number) {
    this.total = total;
    this.cutAfter = cutAfter;
  }

  async answer(request: Request): Promise<Response> {
    const after = request.headers.get("Last-Event-ID");
    this.asked.push(after);
    if (this.asked.length > 5_000) return Response.json({ detail: "asked too often" }, { status: 400 });
    const left = this.total - Number(after ?? 0);
    const ids = Array.from({ length: Math.min(left, MOST_AT_ONCE) }, (_, index) => this.total - left + index + 1);
    const text = ids.map((id) => `id: ${id}\nevent: ${id === this.total ? "done" : "progress"}\ndata: ${id}\n\n`).join("");
    return new Response(cutStream(text.slice(0, this.cutAfter())));
  }
}

function cutStream(text: string): ReadableStream<Uint8Array> {
  const pieces = text ? [text] : [];
  return new ReadableStream({
    pull(controller) {
      const piece = pieces.shift();
      if (piece) controller.enqueue(new TextEncoder().encode(piece));
      else controller.error(new TypeError("network error"));
    },
  });
}

function wired(send: StreamWire["send"], changes: Partial<StreamWire> = {}) {
  const waits: number[] = [];
  const wire: StreamWire = {
    send,
    wait: async (ms) => void waits.push(ms),
    random: () => 1,
    present: signal(true),
    ...changes,
  };
  const events: StreamEvent[] = [];
  const stopped = new AbortController();
  const options = { url: URL_OF_STREAM, signal: stopped.signal, onEvent: (event: StreamEvent) => void events.push(event) };
  return { wire, events, options, stopped, waits };
}

test("a thousand killed connections lose nothing and repeat nothing", async () => {
  let step = 0;
  const server = new Server(1_000, () => (step = (step * 7 + 13) % 90));
  const { wire, events, options } = wired((request) => server.answer(request));
  await follow(options, wire);
  expect(server.asked.length).toBeGreaterThan(1_000);
  expect(events.map((event) => event.data)).toEqual(Array.from({ length: 1_000 }, (_, index) => `${index + 1}`));
});

test("a stream goes on after the last whole event", async () => {
  const cuts = [40, 10_000];
  const server = new Server(3, () => cuts.shift() ?? 0);
  const { wire, options } = wired((request) => server.answer(request));
  await follow(options, wire);
  expect(server.asked).toEqual([null, "1"]);
});

test("waits grow while nothing comes and begin again when something does", async () => {
  const cuts = [0, 0, 0, 40, 10_000];
  const server = new Server(3, () => cuts.shift() ?? 0);
  const { wire, options, waits } = wired((request) => server.answer(request));
  await follow(options, wire);
  expect(waits).toEqual([1_000, 2_000, 4_000, 1_000]);
});

test("no connection is a failure like any other", async () => {
  const server = new Server(1, () => 10_000);
  let tries = 0;
  const { wire, events, options } = wired((request) =>
    ++tries < 3 ? Promise.reject(new TypeError("no network")) : server.answer(request),
  );
  await follow(options, wire);
  expect(events.map((event) => event.name)).toEqual(["done"]);
});

test("a server that asks for patience gets it", async () => {
  const server = new Server(1, () => 10_000);
  let tries = 0;
  const { wire, options, waits } = wired((request) =>
    ++tries === 1
      ? Promise.resolve(Response.json({}, { status: 429, headers: { "Retry-After": "20" } }))
      : server.answer(request),
  );
  await follow(options, wire);
  expect(waits).toEqual([20_000]);
});

test("what trying again cannot mend is an error", async () => {
  const { wire, options } = wired(async () => Response.json({ detail: "not yours", code: "FORBIDDEN" }, { status: 403 }));
  await expect(follow(options, wire)).rejects.toThrow(ApiError);
});

test("204 means that everything has been said", async () => {
  const { wire, events, options } = wired(async () => new Response(null, { status: 204 }));
  await follow(options, wire);
  expect(events).toEqual([]);
});

test("nobody looking closes the connection, and it is opened again when the page is shown", async () => {
  const present = signal(true);
  const asked: (string | null)[] = [];
  const server = new Server(2, () => 10_000);
  const send = async (request: Request): Promise<Response> => {
    asked.push(request.headers.get("Last-Event-ID"));
    if (asked.length > 1) return server.answer(request);
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("id: 1\nevent: progress\ndata: 1\n\n"));
        request.signal.addEventListener("abort", () => controller.error(request.signal.reason));
      },
    });
    return new Response(body);
  };
  const { wire, events, options } = wired(send, { present });
  const following = follow({ ...options, onEvent: (event) => {
    options.onEvent(event);
    if (event.id === "1") present.value = false;
  } }, wire);
  await new Promise((resolve) => setTimeout(resolve));
  expect(asked).toEqual([null]);
  present.value = true;
  await following;
  expect(asked).toEqual([null, "1"]);
  expect(events.map((event) => event.id)).toEqual(["1", "2"]);
});

test("leaving the page ends the stream", async () => {
  const { wire, options, stopped } = wired(() => new Promise(() => undefined));
  const following = follow(options, {
    ...wire,
    send: (request) => new Promise((_, reject) => request.signal.addEventListener("abort", () => reject(request.signal.reason))),
  });
  stopped.abort();
  await expect(following).rejects.toThrow(DOMException);
});
