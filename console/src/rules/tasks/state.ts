import type { RunResponse, TaskStatus } from "../../../generated/api.ts";
import type { Shape, Tone } from "../run_state.ts";

/** How a task's status is shown: a shape and a word, never a colour alone. */
export interface TaskState {
  readonly word: string;
  readonly shape: Shape;
  readonly tone: Tone;
}

export const TASK_STATES: Readonly<Record<TaskStatus, TaskState>> = {
  FAILED: { word: "Failed", shape: "failed", tone: "bad" },
  ABORTED: { word: "Aborted", shape: "stopped", tone: "warn" },
  RUNNING: { word: "Running", shape: "running", tone: "active" },
  SUBMITTED: { word: "Queued", shape: "queued", tone: "quiet" },
  NEW: { word: "New", shape: "waiting", tone: "quiet" },
  COMPLETED: { word: "Succeeded", shape: "done", tone: "good" },
  CACHED: { word: "Reused", shape: "done", tone: "quiet" },
};

/** In the order in which they matter to somebody who looks: failed first, what succeeded last. */
export const TASK_STATUSES = Object.keys(TASK_STATES) as readonly TaskStatus[];
export const SUCCEEDED: readonly TaskStatus[] = ["COMPLETED", "CACHED"];

export interface StatusCount {
  readonly status: TaskStatus;
  readonly count: number;
}

/** How many tasks of a run have each status; statuses without a task are left out. */
export function statusCounts(metrics: RunResponse["metrics"]): readonly StatusCount[] {
  const counts = metrics?.tasks ?? {};
  return TASK_STATUSES.map((status) => ({ status, count: counts[status] ?? 0 })).filter(({ count }) => count > 0);
}

/** A task's name without the workflows around its process: STAR_ALIGN (donor 1). */
export function shortName(name: string): string {
  const tag = name.indexOf(" (");
  return name.slice(name.lastIndexOf(":", tag === -1 ? name.length : tag) + 1);
}
