import { signal } from "@preact/signals";

/** Longer than it takes a page that polls to ask in vain once more. */
const SHOWN_MS = 60_000;

type After = (ms: number, action: () => void) => () => void;

/** Remembers for a minute that a request was not answered, which no answer to another request disproves. */
export class Silence {
  readonly isNow = signal(false);
  private readonly after: After;
  private keep: () => void = () => undefined;

  constructor(after: After) {
    this.after = after;
  }

  note(): void {
    this.keep();
    this.isNow.value = true;
    this.keep = this.after(SHOWN_MS, () => (this.isNow.value = false));
  }
}
