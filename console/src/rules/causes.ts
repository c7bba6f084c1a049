import type { CauseClass, RunResponse } from "../../generated/api.ts";
import { shortName } from "./tasks/state.ts";

/** Why a run failed, in words for those who never read a log. */
export const CAUSES: Readonly<Record<CauseClass, string>> = {
  out_of_memory: "A task needed more memory than it had",
  disk_full: "A disk was full",
  time_limit: "A task took longer than it was allowed to",
  preempted: "Google took a Spot machine back too often",
  missing_output: "A task did not write a file that it should have written",
  missing_input: "An input file is missing or cannot be read",
  command_failed: "The command of a task failed",
  script_error: "The pipeline itself has a fault",
  config_error: "The configuration or a parameter is wrong",
  quota: "The project's quota at Google is used up",
  permission: "A permission is missing",
  image_pull: "The software image of a task could not be fetched",
  killed_by_signal: "Something outside the pipeline stopped it",
  internal_error: "Something inside Sluice or Google Cloud went wrong",
  unknown: "The run failed, and its files do not prove why",
};

/** Why a run failed, in one line for a list; empty if nothing is known. */
export function reasonFor({ diagnosis, error_task, error_message }: Pick<RunResponse, "diagnosis" | "error_task" | "error_message">): string {
  if (!diagnosis || diagnosis.cause === "unknown") return (error_message ?? "").trimStart().split("\n", 1)[0] ?? "";
  const cause = CAUSES[diagnosis.cause];
  return error_task ? `${cause}: ${shortName(error_task)}` : cause;
}

// "Nov-23 08:15:02.113 [Task monitor] ERROR nextflow.Session - " in front of the message of a record
const RECORD_HEAD = /^[A-Z][a-z]{2}-\d{2} [\d:.]+ \[.*?\] +[A-Z]+ +\S+ +- /;
const LONGEST_SEARCH = 200;

/** What to search the log for to find a line of evidence: the API searches the messages, without the head of a record. */
export function searchFor(line: string): string {
  const first = line.trim().split("\n", 1)[0] ?? "";
  return first.replace(RECORD_HEAD, "").trim().slice(0, LONGEST_SEARCH);
}

/** The config that an advice quotes between backticks; null if it quotes none. */
export function configIn(advice: string | null): string | null {
  return /`(process\s*\{[^`]*\})`/.exec(advice ?? "")?.[1] ?? null;
}
