export interface ThrottleClock {
  now(): number;
  set(action: () => void, ms: number): unknown;
  clear(timer: unknown): void;
}

const realClock: ThrottleClock = {
  now: () => performance.now(),
  set: (action, ms) => setTimeout(action, ms),
  clear: (timer) => clearTimeout(timer as number),
};

/** Does something at once, and then at most every `everyMs`; the last call is never lost. */
export class Throttle {
  private last = Number.NEGATIVE_INFINITY;
  private timer: unknown = null;
  private readonly action: () => void;
  private readonly everyMs: number;
  private readonly clock: ThrottleClock;

  constructor(action: () => void, everyMs: number, clock: ThrottleClock = realClock) {
    this.action = action;
    this.everyMs = everyMs;
    this.clock = clock;
  }

  call(): void {
    if (this.timer !== null) return;
    const pause = this.last + this.everyMs - this.clock.now();
    if (pause <= 0) this.act();
    else this.timer = this.clock.set(() => this.act(), pause);
  }

  stop(): void {
    this.clock.clear(this.timer);
    this.timer = null;
  }

  private act(): void {
    this.timer = null;
    this.last = this.clock.now();
    this.action();
  }
}
