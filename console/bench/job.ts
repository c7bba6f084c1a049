/** What is measured: a service with these runs, as this user, in this browser. */
export interface Job {
  /** The program of Chromium. */
  readonly chromium: string;
  /** The origin of the service. */
  readonly service: string;
  readonly user: string;
  /** A run that is over, with many tasks and log entries. */
  readonly largeRun: string;
  /** Another one with as many tasks, to compare it with. */
  readonly otherLargeRun: string;
  /** Runs of which nothing is heard. */
  readonly idleRun: string;
  /** The request that submits a run whose events are then watched. */
  readonly request: string;
}

/** Figures by name, each with a few words on how it came about. */
export type Measured = Readonly<Record<string, { readonly value: number; readonly against: string }>>;

/** The value that this share of `values` does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error("nothing was measured");
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}
