import type { RunResponse } from "../../generated/api.ts";

export type Tone = "quiet" | "active" | "good" | "bad" | "warn";
export type Shape = "waiting" | "queued" | "running" | "done" | "failed" | "stopped" | "failing" | "stopping";

/** How a run's state is shown: always a shape and a word, never a colour alone. */
export interface RunState {
  readonly word: string;
  readonly shape: Shape;
  readonly tone: Tone;
  /** Nothing will change any more. */
  readonly isFinal: boolean;
}

type Facts = Pick<RunResponse, "status" | "failing" | "cancel_requested_at">;

const STATES: Readonly<Record<RunResponse["status"], RunState>> = {
  pending: { word: "Pending", shape: "waiting", tone: "quiet", isFinal: false },
  submitted: { word: "Submitted", shape: "queued", tone: "quiet", isFinal: false },
  running: { word: "Running", shape: "running", tone: "active", isFinal: false },
  completed: { word: "Completed", shape: "done", tone: "good", isFinal: true },
  failed: { word: "Failed", shape: "failed", tone: "bad", isFinal: true },
  cancelled: { word: "Cancelled", shape: "stopped", tone: "quiet", isFinal: true },
};
const FAILING: RunState = { word: "Failing", shape: "failing", tone: "bad", isFinal: false };
const STOPPING: RunState = { word: "Stopping", shape: "stopping", tone: "warn", isFinal: false };

export function stateOf(run: Facts): RunState {
  const state = STATES[run.status];
  if (state.isFinal) return state;
  if (run.cancel_requested_at) return STOPPING;
  return run.failing ? FAILING : state;
}

export interface Progress {
  /** The tasks that are known so far. */
  readonly total: number;
  /** How many there will be, by estimate; null when there is nothing to estimate from. */
  readonly expected: number | null;
  readonly finished: number;
  readonly failed: number;
  readonly running: number;
  /** 0 to 1; null while it is not known how much there is to do. */
  readonly share: number | null;
}

/** The counts of tasks in a run's metrics; null before the first task. */
export function progressOf(metrics: RunResponse["metrics"]): Progress | null {
  if (!metrics || metrics.total === 0) return null;
  const { total, expected = null, finished, tasks, progress: share = null } = metrics;
  return { total, expected, finished, failed: tasks["FAILED"] ?? 0, running: tasks["RUNNING"] ?? 0, share };
}

/** The counts in words, such as "12 of about 40 tasks". */
export function countsOf({ total, expected, finished }: Progress, isOver: boolean): string {
  const number = (count: number): string => count.toLocaleString("en");
  if (isOver && finished === total) return `${number(total)} tasks`;
  if (isOver || expected === null) return `${number(finished)} of ${number(total)} tasks${isOver ? "" : " so far"}`;
  return `${number(finished)} of ${expected > total ? `about ${number(expected)}` : number(total)} tasks`;
}

/** How long a run has taken, or takes so far; null before it started. */
export function elapsedMs(run: RunResponse, now: number): number | null {
  if (!run.started_at) return null;
  const end = run.completed_at ?? run.failed_at ?? run.cancelled_at;
  return Math.max(0, (end ? Date.parse(end) : now) - Date.parse(run.started_at));
}
