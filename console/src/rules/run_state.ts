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
  readonly total: number;
  readonly finished: number;
  readonly failed: number;
  readonly running: number;
  /** 0 to 1; null while it is not known how much there is to do. */
  readonly share: number | null;
}

/** The counts of tasks in a run's metrics; null before the first task. */
export function progressOf(metrics: RunResponse["metrics"]): Progress | null {
  const total = numberOf(metrics?.["total"]) ?? 0;
  if (!metrics || total === 0) return null;
  const tasks = metrics["tasks"];
  const counts = typeof tasks === "object" && tasks !== null ? (tasks as Record<string, unknown>) : {};
  return {
    total,
    finished: numberOf(metrics["finished"]) ?? 0,
    failed: numberOf(counts["FAILED"]) ?? 0,
    running: numberOf(counts["RUNNING"]) ?? 0,
    share: numberOf(metrics["progress"]),
  };
}

/** How long a run has taken, or takes so far; null before it started. */
export function elapsedMs(run: RunResponse, now: number): number | null {
  if (!run.started_at) return null;
  const end = run.completed_at ?? run.failed_at ?? run.cancelled_at;
  return Math.max(0, (end ? Date.parse(end) : now) - Date.parse(run.started_at));
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
