import { type ReadonlySignal, computed, signal } from "@preact/signals";
import { whenTrue } from "./gate.ts";

/** `lost`: nobody is signed in. `wrong_account`: somebody is, whom Identity-Aware Proxy does not let in. */
export type SessionState = "active" | "lost" | "wrong_account";

export const SIGN_IN_URL = "/?gcp-iap-mode=DO_SESSION_REFRESH";
const PROBE_EVERY_MS = 2_000;
const PROBE_FOR_MS = 5 * 60_000;

export interface Surroundings {
  /** Opens a named window; it has to be called before any `await`, or the browser takes it for a pop-up. */
  open(url: string, name: string): { close(): void } | null;
  /** Asks for the user once, without waiting for a session. */
  probe(): Promise<Response>;
  wait(ms: number): Promise<void>;
}

/** Whether Identity-Aware Proxy answered in place of Sluice. */
export function isFromIap(answer: Response): boolean {
  return answer.headers.get("x-goog-iap-generated-response") === "true";
}

/** What an answer says about the session. */
export function sessionAfter(answer: Response): SessionState {
  if (answer.status === 401) return "lost";
  return answer.status === 403 && isFromIap(answer) ? "wrong_account" : "active";
}

/** Whether the user is signed in. Everything that asks the service waits here while the session is lost. */
export class Session {
  readonly state = signal<SessionState>("active");
  readonly isActive: ReadonlySignal<boolean> = computed(() => this.state.value === "active");
  readonly isRenewing = signal(false);
  /** The browser did not open the window. */
  readonly isBlocked = signal(false);

  whenActive(aborted?: AbortSignal): Promise<void> {
    return whenTrue(this.isActive, aborted);
  }

  /**
   * Opens the sign-in page and asks every 2 s whether it has worked. Whether the window was closed is not asked: Google's
   * page cuts the tie to it, so it would always look closed.
   */
  async renew(surroundings: Surroundings): Promise<void> {
    const opened = surroundings.open(SIGN_IN_URL, "sluice-session");
    this.isBlocked.value = opened === null;
    if (this.isRenewing.peek()) return;
    this.isRenewing.value = true;
    for (let waited = 0; waited < PROBE_FOR_MS && !this.isActive.peek(); waited += PROBE_EVERY_MS) {
      await surroundings.wait(PROBE_EVERY_MS);
      const answer = await surroundings.probe().catch(() => null);
      if (answer) this.state.value = sessionAfter(answer);
    }
    this.isRenewing.value = false;
    if (this.isActive.peek()) opened?.close();
  }
}
