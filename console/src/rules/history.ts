import type { HistoryEntry } from "../../generated/api.ts";
import { shownValue } from "./overrides.ts";

const STATUS_WORDS: Readonly<Record<string, string>> = {
  pending: "The run was created.",
  submitted: "The run was sent to Cloud Batch.",
  running: "Nextflow started.",
  completed: "The run completed.",
  failed: "The run failed.",
  cancelled: "The run was cancelled; no job of it is left.",
};
const TOLD_ELSEWHERE = new Set(["at", "run_id", "status", "by", "why", "action", "changes", "failing", "diagnosis"]);

/** One thing that happened, as a sentence. */
export function sentenceFor({ event, data }: HistoryEntry): string {
  switch (event) {
    case "status":
      return statusSentence(data);
    case "change":
      return `Changed: ${Object.keys(recordIn(data["changes"])).join(", ").replaceAll("_", " ")}.`;
    case "action":
      return `${capital(wordsIn(data["why"]) || wordsIn(data["action"]).replaceAll("_", " "))}.`.replace(/\.\.$/, ".");
    case "done":
      return "Sluice has finished its work for this run.";
    default:
      return event;
  }
}

function statusSentence(data: HistoryEntry["data"]): string {
  const status = wordsIn(data["status"]);
  const isOver = status === "completed" || status === "failed" || status === "cancelled";
  if (!isOver && data["cancel_requested_at"]) return "Somebody asked for the run to be cancelled.";
  if (!isOver && data["failing"] === true) return "A task failed for good: the run will fail.";
  return STATUS_WORDS[status] ?? `The run became ${status}.`;
}

/** What else is known about it, by name. */
export function factsOf({ data }: HistoryEntry): readonly (readonly [string, string])[] {
  const own = Object.entries(data).filter(([name]) => !TOLD_ELSEWHERE.has(name) && name !== "evidence");
  const all = [...own, ...Object.entries(recordIn(data["evidence"])), ...Object.entries(recordIn(data["changes"]))];
  return all
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => [name.replaceAll("_", " "), shownValue(value)] as const);
}

function recordIn(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function wordsIn(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
