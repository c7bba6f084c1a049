import type { FailureInfo, HelpfulChange, SimilarFailures } from "../../../generated/api.ts";
import { size } from "../sizes.ts";
import { duration } from "../times.ts";

const BYTES = new Set(["memory", "disk"]);

/** "Seen 3 times"; empty if the failure was seen in this run only. */
export function timesWords(found: Pick<SimilarFailures, "times">): string {
  return found.times > 1 ? `Seen ${found.times.toLocaleString("en")} times` : "";
}

/** "once", "12 times": in how many runs a failure was seen. */
export function seenWords({ times }: Pick<FailureInfo, "times">): string {
  return times === 1 ? "once" : `${times.toLocaleString("en")} times`;
}

/** One change in words: "memory of first attempts 36 GB → 72 GB", "aligner alevin → star", "line 3 added: process.cpus = 4". */
export function changeWords(change: HelpfulChange): string {
  if (change.kind === "config") {
    const [word, text] = change.before === null ? ["added", change.after] : ["removed", change.before];
    return `${change.name} of the config ${word}: ${String(text).trim()}`;
  }
  const isRequest = change.kind === "request";
  const resource = change.name === "time_ms" ? "time limit" : change.name;
  const name = isRequest ? `${resource} of first attempts` : resource;
  return `${name} ${valueWords(change, change.before, isRequest)} → ${valueWords(change, change.after, isRequest)}`;
}

function valueWords(change: HelpfulChange, value: unknown, isRequest: boolean): string {
  if (value === null || value === undefined) return "none";
  if (isRequest && typeof value === "number") {
    if (BYTES.has(change.name)) return size(value);
    if (change.name === "time_ms") return duration(value);
  }
  return String(value);
}
