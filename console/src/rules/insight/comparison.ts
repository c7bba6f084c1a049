import type { ComparedProcess, RunComparison, RunResponse, TaskPair } from "../../../generated/api.ts";
import { size } from "../sizes.ts";
import { money } from "./cost.ts";
import { duration } from "../times.ts";

const DIFFERENCES: Readonly<Record<ComparedProcess["differences"][number], string>> = {
  only_before: "only in the other run",
  only_after: "only in this run",
  slower: "slower than usual",
  faster: "faster",
  tasks: "different number of tasks",
  failed: "different number of failures",
  memory: "asks for different memory",
  cpus: "asks for different CPUs",
  container: "different container",
};
const CAUSES: Readonly<Record<ComparedProcess["causes"][number], string>> = {
  queue: "its tasks waited longer and did not run longer",
  container: "its tasks ran in a different container",
  input: "its tasks read more, as fast as before",
};
const FIELDS: Readonly<Record<string, string>> = { time_ms: "time limit", exit_code: "exit code" };

/** In an address, it stands for the last completed run of the same pipeline. */
export const LAST_SUCCESS = "last";

/** The id of the run to compare with; empty for the last success, which the service knows. */
export function otherRun(asked: string | null, run: Pick<RunResponse, "parent_run_id">): string {
  if (asked === LAST_SUCCESS) return "";
  return asked || (run.parent_run_id ?? "");
}

/** Whether nothing differs, and nothing is unknown. */
export function isEmpty(found: RunComparison): boolean {
  const { sheet } = found;
  const inputs = found.params.length + found.config.length + sheet.added + sheet.removed + sheet.changed;
  return inputs + found.processes.length + found.different_tasks === 0 && !found.pipeline && !found.pipeline_version;
}

export function differenceWords(process: ComparedProcess): string {
  return process.differences.map((difference) => DIFFERENCES[difference]).join(", ");
}

/** Why a process was slower, as far as it is proved; empty if nothing proves it. */
export function causeWords(process: ComparedProcess): string {
  return process.causes.map((cause) => CAUSES[cause]).join("; ");
}

/** "memory 36 GB → 72 GB, state COMPLETED → FAILED", or in which run alone the task is. */
export function taskWords(pair: TaskPair): string {
  const { before, after } = pair;
  if (!before || !after) return before ? "only in the other run" : "only in this run";
  return pair.fields.map((field) => `${FIELDS[field] ?? field} ${valueOf(before, field)} → ${valueOf(after, field)}`).join(", ");
}

type ComparedTask = NonNullable<TaskPair["before"]>;

function valueOf(task: ComparedTask, field: string): string {
  const value = task[field as keyof ComparedTask];
  if (typeof value !== "number") return value ?? "none";
  if (field === "memory" || field === "disk") return size(value);
  return field === "time_ms" ? duration(value) : String(value);
}

/** "About $2.31; the other run about $1.12", in the digits of the larger one; empty unless both costs are known, and something. */
export function costWords(found: Pick<RunComparison, "nano_dollars" | "with_nano_dollars">): string {
  const { nano_dollars: own, with_nano_dollars: other } = found;
  if (!own || !other) return "";
  const larger = Math.max(own, other);
  return `About ${money(own, larger)}; the other run about ${money(other, larger)}`;
}

/** A value of a parameter as it is shown. */
export function shownValue(value: unknown): string {
  if (value === null || value === undefined) return "none";
  return typeof value === "string" ? value : JSON.stringify(value);
}
