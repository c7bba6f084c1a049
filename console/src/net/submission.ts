import { signal } from "@preact/signals";
import { ApiError } from "../api/errors.ts";

const TRIES = 3;
const PAUSE_S = 5;

export type SubmissionState =
  | { readonly name: "ready" }
  | { readonly name: "sending"; readonly again: { readonly seconds: number; readonly count: number } | null }
  | { readonly name: "refused"; readonly error: unknown };

/** A key for sending `body`, and the body it was made for. */
export interface Attempt {
  readonly key: string;
  readonly body: string;
}

/** The last attempt whose answer never came; it outlives the dialog that made it. */
export interface Unanswered {
  current: Attempt | null;
}

export interface SubmissionWire<T> {
  /** Send it once; throws ApiError when it is refused. */
  post(key: string): Promise<T>;
  wait(ms: number): Promise<void>;
  newKey(): string;
}

/**
 * Sends one request until an answer came, always with the same key, so that it is done once at most. While it is not known
 * whether the last attempt arrived, the same body keeps its key: else closing the dialog would make a second one.
 */
export class Submission<T> {
  readonly state = signal<SubmissionState>({ name: "ready" });
  private readonly attempt: Attempt;
  private readonly unanswered: Unanswered;
  private readonly wire: SubmissionWire<T>;

  constructor(body: string, unanswered: Unanswered, wire: SubmissionWire<T>) {
    const last = unanswered.current;
    this.attempt = last?.body === body ? last : { key: wire.newKey(), body };
    this.unanswered = unanswered;
    this.wire = wire;
  }

  /** What the service answered; null when it refused, and `state` has why. */
  async send(): Promise<T | null> {
    this.state.value = { name: "sending", again: null };
    for (let tried = 1; ; tried++) {
      this.unanswered.current = this.attempt;
      try {
        const answer = await this.wire.post(this.attempt.key);
        this.unanswered.current = null;
        return answer;
      } catch (error) {
        const isLost = !(error instanceof ApiError) || error.status >= 500;
        if (!isLost) this.unanswered.current = null;
        if (!isLost || tried === TRIES) return this.refuse(error);
        await this.pause(error, tried);
      }
    }
  }

  private refuse(error: unknown): null {
    this.state.value = { name: "refused", error };
    return null;
  }

  private async pause(error: unknown, tried: number): Promise<void> {
    const seconds = (error instanceof ApiError && error.retryAfterS) || PAUSE_S;
    this.state.value = { name: "sending", again: { seconds, count: TRIES - tried } };
    await this.wire.wait(seconds * 1_000);
  }
}
