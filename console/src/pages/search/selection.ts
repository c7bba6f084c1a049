import type { CauseClass, SearchHit, operations } from "../../../generated/api.ts";
import { runPath } from "../../router/address.ts";
import { CAUSES } from "../../rules/causes.ts";

const LONGEST = 200;

/** What is searched for: all of it is in the address. */
export interface Search {
  readonly words: string;
  readonly cause: CauseClass | null;
  readonly everybody: boolean;
  readonly cursor: string;
}

export function searchIn(query: URLSearchParams): Search {
  const cause = query.get("cause") ?? "";
  return {
    words: (query.get("q") ?? "").slice(0, LONGEST),
    cause: Object.hasOwn(CAUSES, cause) ? (cause as CauseClass) : null,
    everybody: query.get("whose") === "all",
    cursor: query.get("cursor") ?? "",
  };
}

export function searchAddress({ words, cause, everybody, cursor }: Search): string {
  const parts = [
    ["q", words],
    ["cause", cause ?? ""],
    ["whose", everybody ? "all" : ""],
    ["cursor", cursor],
  ].filter(([, value]) => value);
  const text = new URLSearchParams(parts).toString();
  return text ? `/search?${text}` : "/search";
}

/** Whether there is a word to look for: the API refuses signs alone. */
export function hasWord({ words }: Search): boolean {
  return /[\p{L}\p{N}]/u.test(words);
}

/** What is asked of the API. */
export function askedOf({ words, cause, everybody, cursor }: Search): NonNullable<operations["search_logs"]["parameters"]["query"]> {
  return { q: words, ...(cause && { cause }), ...(everybody && { all: true }), ...(cursor && { cursor }) };
}

/** Where a hit leads: the entry in its log, the output of the task, or the reason of the failure. */
export function placeOf({ run_id, source, entry, task_id }: SearchHit): string {
  if (source === "log") return `${runPath(run_id, "log")}#e${entry}`;
  if (source === "task") return `${runPath(run_id, "tasks")}?task=${task_id}&tab=stderr`;
  return runPath(run_id);
}

/** A text in parts, every second of which is one of the words that were searched for. */
export function marked(text: string, words: string): readonly string[] {
  const sought = words.normalize("NFC").match(/[\p{L}\p{N}_.]+/gu) ?? [];
  if (sought.length === 0) return [text];
  const longestFirst = [...sought].sort((one, other) => other.length - one.length);
  return text.split(new RegExp(`(${longestFirst.map((word) => word.replaceAll(".", "\\.")).join("|")})`, "iu"));
}
