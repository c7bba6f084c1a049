import createClient from "openapi-fetch";
import type { paths } from "../../generated/api.ts";
import { type Fresh, type PollWire } from "../net/poll.ts";
import { watchPresence } from "../net/presence.ts";
import { type Wire, marked, send } from "../net/send.ts";
import { Session, type Surroundings } from "../net/session.ts";
import { type StreamOptions, follow } from "../net/stream.ts";
import { Silence } from "../net/silence.ts";
import { after, wait, waitOrOnline } from "../net/waiting.ts";
import { NoAnswerError, errorFrom } from "./errors.ts";

export const session = new Session();
export const present = watchPresence(document);
export const pollWire: PollWire = { wait: waitOrOnline, present };

const ME = "/api/users/me";
const wire: Wire = { fetch: (request) => fetch(request), session, wait, after };

export const silence = new Silence(after);

async function sendNotingSilence(request: Request): Promise<Response> {
  try {
    return await send(request, wire);
  } catch (error) {
    if (error instanceof NoAnswerError) silence.note();
    throw error;
  }
}

const surroundings: Surroundings = {
  open: (url, name) => window.open(url, name, "popup,width=520,height=680"),
  probe: () => fetch(marked(new Request(ME))),
  wait,
};

/** Every address of Sluice, typed from openapi.json. */
export const api = createClient<paths>({ baseUrl: location.origin, fetch: sendNotingSilence });

/** Has to be called in the handler of a click: see Surroundings. */
export function signInAgain(): void {
  void session.renew(surroundings);
}

export function followStream(options: StreamOptions): Promise<void> {
  return follow(options, {
    send: sendNotingSilence,
    wait: waitOrOnline,
    random: Math.random,
    present,
  });
}

/** A key for a POST; make it when its dialog opens, so that pressing twice does one thing. */
export function newKey(): string {
  return crypto.randomUUID();
}

interface Answer<T> {
  data?: T | undefined;
  error?: unknown;
  response: Response;
}

/** The body of an answer; throws ApiError for 400 and above. */
export async function unwrap<T>(asking: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await asking;
  if (!response.ok) throw errorFrom(response, error);
  return data as T;
}

/** The body with its ETag, for a Poller; throws ApiError. */
export async function fresh<T>(asking: Promise<Answer<T>>): Promise<Fresh<T>> {
  const answer = await asking;
  if (answer.response.status === 304) return "unchanged";
  const value = await unwrap(Promise.resolve(answer));
  return { value, etag: answer.response.headers.get("etag") };
}

export function ifChanged(etag: string | null): Record<string, string> {
  return etag ? { "If-None-Match": etag } : {};
}
