import { NoAnswerError } from "../api/errors.ts";
import { isAbort } from "./waiting.ts";
import { type Session, sessionAfter } from "./session.ts";

const RETRY_AFTER_MS = 700;
const READ_WITHIN_MS = 30_000;
const SERVER_AWAY = new Set([502, 503, 504]);

export interface Wire {
  fetch(request: Request): Promise<Response>;
  session: Session;
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  /** Does something later, unless what it returns is called before. */
  after(ms: number, action: () => void): () => void;
}

/** Identity-Aware Proxy answers such a request with 401; any other it redirects to its sign-in page. */
export function marked(request: Request): Request {
  const headers = new Headers(request.headers);
  headers.set("X-Requested-With", "XMLHttpRequest");
  return new Request(request, { headers });
}

/**
 * Sends a request as this page has to. Reading is repeated once when the server is away. When the session is lost, the
 * request waits until it is renewed and is sent again, also one that changes something: the first was refused unread.
 *
 * Throws NoAnswerError when an answer to reading does not begin within 30 s; it may go on for longer, as streams do.
 */
export async function send(request: Request, wire: Wire): Promise<Response> {
  const asked = marked(request);
  await wire.session.whenActive(asked.signal);
  for (;;) {
    const answer = await readingTwice(asked, wire);
    const state = sessionAfter(answer);
    if (state === "active") return answer;
    wire.session.state.value = state;
    await wire.session.whenActive(asked.signal);
  }
}

async function readingTwice(request: Request, wire: Wire): Promise<Response> {
  const isReading = request.method === "GET" || request.method === "HEAD";
  if (!isReading) return wire.fetch(request.clone());
  try {
    const answer = await read(request, wire);
    if (!SERVER_AWAY.has(answer.status)) return answer;
  } catch (error) {
    if (isAbort(error) || error instanceof NoAnswerError) throw error;
  }
  await wire.wait(RETRY_AFTER_MS, request.signal);
  return read(request, wire);
}

async function read(request: Request, wire: Wire): Promise<Response> {
  const late = new AbortController();
  const stopClock = wire.after(READ_WITHIN_MS, () => late.abort());
  const signal = AbortSignal.any([request.signal, late.signal]);
  try {
    return await wire.fetch(new Request(request.clone(), { signal }));
  } catch (error) {
    if (late.signal.aborted && !request.signal.aborted) throw new NoAnswerError();
    throw error;
  } finally {
    stopClock();
  }
}
