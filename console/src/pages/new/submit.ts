import { batch, signal } from "@preact/signals";
import type { RunResponse } from "../../../generated/api.ts";
import { api, newKey, unwrap } from "../../api/client.ts";
import { ApiError } from "../../api/errors.ts";
import { wait } from "../../net/waiting.ts";
import { type Attempt, type RunRequest, attemptFor } from "../../rules/launch/request.ts";

const TRIES = 3;
const PAUSE_S = 5;

export type SubmitState =
  | { readonly name: "ready" }
  | { readonly name: "sending"; readonly again: { readonly seconds: number; readonly count: number } | null }
  | { readonly name: "refused"; readonly error: unknown };

/** The last attempt whose answer never came; outlives the dialog. See `attemptFor`. */
let unanswered: Attempt | null = null;

/** Sends one request until an answer came, always with the same key, so that it starts one run at most. */
export class Submit {
  readonly state = signal<SubmitState>({ name: "ready" });
  private readonly request: RunRequest;
  private readonly attempt: Attempt;

  constructor(request: RunRequest) {
    this.request = request;
    this.attempt = attemptFor(JSON.stringify(request), unanswered, newKey);
  }

  /** The run that was made; null when it was refused, and `state` says why. */
  async send(): Promise<RunResponse | null> {
    this.state.value = { name: "sending", again: null };
    for (let tried = 1; ; tried++) {
      unanswered = this.attempt;
      try {
        const run = await this.post();
        unanswered = null;
        return run;
      } catch (error) {
        const isLost = !(error instanceof ApiError) || error.status >= 500;
        if (!isLost) unanswered = null;
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
    batch(() => (this.state.value = { name: "sending", again: { seconds, count: TRIES - tried } }));
    await wait(seconds * 1_000);
  }

  private post(): Promise<RunResponse> {
    const headers = { "Idempotency-Key": this.attempt.key };
    return unwrap(api.POST("/api/runs", { params: { header: headers }, body: this.request }));
  }
}
