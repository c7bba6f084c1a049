import type { ErrorResponse } from "../../generated/api.ts";

export type Fault = NonNullable<ErrorResponse["faults"]>[number];

/** An answer of 400 and above. */
export class ApiError extends Error {
  readonly status: number;
  /** Stable and for programs; empty when Sluice did not answer itself. */
  readonly code: string;
  readonly faults: readonly Fault[];
  readonly requestId: string | null;
  readonly retryAfterS: number | null;

  constructor(status: number, body: Partial<ErrorResponse>, requestId: string | null, retryAfterS: number | null) {
    super(body.detail ?? "");
    this.status = status;
    this.code = body.code ?? "";
    this.faults = body.faults ?? [];
    this.requestId = requestId ?? body.request_id ?? null;
    this.retryAfterS = retryAfterS;
  }

  /** Whether the same request may succeed later. */
  get isTemporary(): boolean {
    return this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** An answer did not begin in time: a part of Sluice hangs, or the way to it swallows what is sent. */
export class NoAnswerError extends Error {}

export async function errorOf(answer: Response): Promise<ApiError> {
  return errorFrom(answer, await answer.json().catch(() => null));
}

export function errorFrom(answer: Response, body: unknown): ApiError {
  const seconds = Number.parseInt(answer.headers.get("retry-after") ?? "", 10);
  const known = typeof body === "object" && body !== null ? (body as Partial<ErrorResponse>) : {};
  const id = answer.headers.get("x-request-id");
  return new ApiError(answer.status, known, id, Number.isNaN(seconds) ? null : seconds);
}

export interface Explanation {
  /** What happened, in a few words. */
  readonly title: string;
  /** What the service says about it; may be empty. */
  readonly detail: string;
  /** What the reader can do. */
  readonly advice: string;
  readonly requestId: string | null;
  readonly canRetry: boolean;
}

interface Words {
  title: string;
  advice: string;
}

const UNREACHABLE: Words = {
  title: "Sluice cannot be reached",
  advice: "Check your network. The page tries again by itself and loses nothing.",
};
const SILENT: Words = {
  title: "Sluice has not answered for 30 seconds",
  advice: "Your runs go on without it. The page tries again by itself; if this lasts, tell your operator.",
};
const AWAY: Words = {
  title: "Sluice is not answering at the moment",
  advice: "Your runs go on without it. The page tries again by itself; if this lasts, tell your operator.",
};
const WORDS: Readonly<Record<number, Words>> = {
  400: { title: "Sluice did not understand the request", advice: "Reload the page; if it happens again, report it." },
  401: { title: "You are signed out", advice: "Sign in again; the page then goes on where it was." },
  403: { title: "You may not see or do this", advice: "Ask the owner of the run to share it with you, or an administrator." },
  404: { title: "There is nothing here", advice: "Check the address, or look for it in the list of runs." },
  409: { title: "That is not possible now", advice: "Something has changed meanwhile. Reload to see how things stand." },
  413: { title: "That is too large", advice: "Send less at once, for example a smaller samplesheet." },
  422: { title: "Something needs mending first", advice: "Mend what is listed here and try again." },
  429: { title: "Too many requests", advice: "Wait a moment; then it works again." },
  500: { title: "Something in Sluice broke", advice: "Try again; if it happens again, report the request's number." },
  502: { title: "A service that Sluice needs has failed", advice: "Try again in a minute; if this lasts, tell your operator." },
};

/** What went wrong and what to do about it, in words for everyone. */
export function explain(error: unknown): Explanation {
  if (!(error instanceof ApiError)) {
    const words = error instanceof NoAnswerError ? SILENT : UNREACHABLE;
    return { ...words, detail: "", requestId: null, canRetry: true };
  }
  const words = WORDS[error.status] ?? (error.status >= 500 ? AWAY : UNKNOWN);
  const wait = error.retryAfterS ? `Wait ${error.retryAfterS} s; then it works again.` : null;
  const advice = error.status === 429 && wait ? wait : words.advice;
  const { requestId, isTemporary: canRetry } = error;
  return { title: words.title, detail: sentence(error.message), advice, requestId, canRetry };
}

/**
 * The refusal of a request that sent lists, in which the entries at fault are quoted: the service names them by the
 * field and a place from 0, as `shared_with.1`.
 */
export function quotingEntries(error: unknown, sent: Readonly<Record<string, unknown>>): unknown {
  if (!(error instanceof ApiError) || error.faults.length === 0) return error;
  const entries = error.faults.map(({ field }) => entryAt(field, sent));
  if (entries.includes(null)) return error;
  const detail = error.faults.map(({ message }, index) => sentence(`“${entries[index]}” ${message}`)).join(" ");
  return new ApiError(error.status, { code: error.code, detail, faults: [...error.faults] }, error.requestId, error.retryAfterS);
}

function entryAt(field: string, sent: Readonly<Record<string, unknown>>): string | null {
  const [, name = "", place = ""] = /^(\w+)\.(\d+)$/.exec(field) ?? [];
  const list = sent[name];
  const entry: unknown = Array.isArray(list) ? list[Number(place)] : null;
  return typeof entry === "string" ? entry : null;
}

/** The service writes its details as parts of a sentence. */
function sentence(text: string): string {
  if (!text) return "";
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?)]$/.test(text) ? "" : ".");
}

const UNKNOWN: Words = { title: "That did not work", advice: "Reload the page; if it happens again, report it." };
