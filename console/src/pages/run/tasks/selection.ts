import type { TaskStatus, operations } from "../../../../generated/api.ts";
import { SUCCEEDED, TASK_STATUSES } from "../../../rules/tasks/state.ts";

export type TaskQuery = NonNullable<operations["list_tasks"]["parameters"]["query"]>;
export type Sort = NonNullable<TaskQuery["sort"]>;

export const SORT_FIELDS = ["name", "status", "attempt", "duration", "cpu_percent", "memory_peak", "exit_code", "submit_time"] as const;
export type SortField = (typeof SORT_FIELDS)[number];

/** Which tasks are listed and how; all of it is in the address. `sort` null: failed first, then as they were submitted. */
export interface TaskSelection {
  readonly status: TaskStatus | null;
  readonly process: string;
  readonly search: string;
  readonly sort: Sort | null;
  readonly hidesSucceeded: boolean;
}

export function taskSelectionIn(query: URLSearchParams): TaskSelection {
  const sort = query.get("sort") ?? "";
  return {
    status: TASK_STATUSES.find((one) => one === query.get("status")) ?? null,
    process: (query.get("process") ?? "").slice(0, 500),
    search: (query.get("search") ?? "").slice(0, 200),
    sort: SORT_FIELDS.some((field) => field === sort.replace(/^-/, "")) ? (sort as Sort) : null,
    hidesSucceeded: query.get("hide") === "succeeded",
  };
}

/** The sort after a click on a column: rising, falling, then failed first again. */
export function nextSort(sort: Sort | null, field: SortField): Sort | null {
  if (sort === field) return `-${field}` as Sort;
  return sort === `-${field}` ? null : field;
}

/**
 * The questions whose answers, one after the other, are the list. The service sorts by one field and filters one status,
 * so "failed first" and "hide succeeded" are a question for each status in the order of TASK_STATUSES.
 */
export function questionsFor(selection: TaskSelection, counts: Readonly<Record<string, number>>): readonly TaskQuery[] {
  const { status, process, search, sort, hidesSucceeded } = selection;
  const common: TaskQuery = {
    sort: sort ?? "submit_time",
    ...(process && { process }),
    ...(search && { search }),
  };
  if (status) return [{ ...common, status }];
  if (sort && !hidesSucceeded) return [common];
  const shown = TASK_STATUSES.filter((one) => !hidesSucceeded || !SUCCEEDED.includes(one));
  const present = shown.filter((one) => (counts[one] ?? 0) > 0);
  return present.map((one) => ({ ...common, status: one }));
}

export function isNarrowed({ status, process, search, hidesSucceeded }: TaskSelection): boolean {
  return status !== null || process !== "" || search !== "" || hidesSucceeded;
}
