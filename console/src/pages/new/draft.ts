import { effect, signal } from "@preact/signals";
import { type Draft, readDraft, writeDraft } from "../../rules/launch/draft.ts";
import { originIn } from "../../rules/launch/prefill.ts";
import { query } from "../../router/navigation.ts";
import type { Launch } from "./launch.ts";

const SETTLED_AFTER_MS = 700;

/** What became of the draft: for the words beside the button. */
export type Kept = "nothing" | "all" | "without_sheet" | "no_storage";

/** The form of one user that was not sent yet, kept by this browser from the first change on. */
export class DraftKeeper {
  readonly kept = signal<Kept>("nothing");
  private readonly key: string;
  private readonly launch: Launch;
  private timer = 0;

  constructor(launch: Launch, email: string) {
    this.launch = launch;
    this.key = `sluice.draft.${email}`;
  }

  read(): Draft | null {
    try {
      return readDraft(localStorage.getItem(this.key));
    } catch {
      return null;
    }
  }

  /** Keep every change from now on; the result ends that. */
  start(): () => void {
    let seen = this.launch.inputs.peek();
    const save = (): void => {
      clearTimeout(this.timer);
      this.timer = 0;
      this.save();
    };
    const stop = effect(() => {
      const now = this.launch.inputs.value;
      if (now === seen) return;
      seen = now;
      clearTimeout(this.timer);
      this.timer = window.setTimeout(save, SETTLED_AFTER_MS);
    });
    const flush = (): void => {
      if (this.timer) save();
    };
    addEventListener("pagehide", flush);
    return () => {
      flush();
      stop();
      removeEventListener("pagehide", flush);
    };
  }

  forget(): void {
    clearTimeout(this.timer);
    this.timer = 0;
    this.kept.value = "nothing";
    try {
      localStorage.removeItem(this.key);
    } catch {
      // a browser without storage has nothing to forget
    }
  }

  private save(): void {
    const draft = this.launch.draft(new Date().toISOString(), originIn(query.peek()));
    if (!draft) {
      this.forget();
      return;
    }
    const text = writeDraft(draft);
    try {
      localStorage.setItem(this.key, text);
      this.kept.value = readDraft(text)?.lacksSheet ? "without_sheet" : "all";
    } catch {
      this.kept.value = "no_storage";
    }
  }
}
