import type { AttemptCostInfo, CostInfo, RunCostResponse, RunResponse } from "../../../generated/api.ts";
import { duration } from "../times.ts";

const NANO = 1e9;
const SMALL = NANO; // below a dollar, hundredths of a cent are shown

/** Parts of `total` in whole steps, by the largest remainder; they add up to the rounded total. */
export function apportioned(total: number, parts: readonly number[], step: number): number[] {
  const steps = parts.map((part) => Math.floor(part / step));
  const left = Math.round(total / step) - steps.reduce((sum, part) => sum + part, 0);
  const byRemainder = parts.map((part, place) => ({ place, rest: part % step })).sort((one, other) => other.rest - one.rest || one.place - other.place);
  for (const { place } of byRemainder.slice(0, left)) steps[place] = (steps[place] ?? 0) + 1;
  return steps.map((part) => part * step);
}

/** The amount that one shown digit stands for, in nano-dollars. */
export function stepOf(total: number): number {
  return total < SMALL ? NANO / 10_000 : NANO / 100;
}

/** "$1.24", "$0.0124"; with a total, as many digits as that has. */
export function money(nanoDollars: number, total = nanoDollars): string {
  const digits = total < SMALL ? 4 : 2;
  const amount = nanoDollars / NANO;
  const words = amount.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return nanoDollars > 0 && Number(words.replaceAll(",", "")) === 0 ? `< $${1 / 10 ** digits}` : `$${words}`;
}

type Doubted = Pick<CostInfo, "complete" | "basis">;

/** What a run cost, for a list; a dash if nothing is known. */
export function costOfRun(cost: RunResponse["cost"]): string {
  return !cost || cost.nano_dollars === null ? "–" : signOf(cost) + money(cost.nano_dollars);
}

/** Before an amount of which something is not known; a guess may be too much. */
export function signOf({ complete, basis }: Doubted): string {
  if (complete) return "";
  return basis === "request" ? "≈ " : "≥ ";
}

/** "at least $1.24"; "not known". */
export function amountWords({ nano_dollars, ...doubt }: Doubted & Pick<CostInfo, "nano_dollars">): string {
  if (nano_dollars === null) return "not known";
  if (doubt.complete) return money(nano_dollars);
  return `${doubt.basis === "request" ? "about" : "at least"} ${money(nano_dollars)}`;
}

/** What reused tasks saved, as a sentence; empty without such tasks. */
export function savedWords(saved: CostInfo): string {
  return saved.attempts === 0 ? "" : `What reused tasks saved: ${amountWords(saved)}.`;
}

/** Where the amounts come from, in words. */
export function basisWords(cost: RunCostResponse): string {
  const priced = cost.priced_on ? ` Google's list prices of ${cost.priced_on}.` : " Google's list prices.";
  switch (cost.total.basis) {
    case "machine":
      return `Estimated from the machines that Cloud Batch used and${priced}`;
    case "request":
      return `Estimated from the machines that Cloud Batch used, some of them guessed from the cores and memory asked for, and${priced}`;
    case "none":
      return "Nothing is known of the machines or their prices yet.";
  }
}

/** Sentences about what the amounts leave out. */
export function unknownWords(cost: RunCostResponse): string[] {
  const missing = cost.unknown.map(({ what, attempts }) => `${what} (${attempts.toLocaleString("en")} ${attempts === 1 ? "attempt" : "attempts"})`);
  const unread = cost.unread_jobs === 0 ? [] : [`${cost.unread_jobs.toLocaleString("en")} jobs that have not been read from Cloud Batch yet`];
  return [...missing, ...unread];
}

/** "e2-standard-4, Spot", each machine once; a guess is called so, and "not known" stands for none. */
export function machineWords(attempts: readonly AttemptCostInfo[]): string {
  const named = attempts.map(({ machine_type, spot, is_guess }) => machine_type && `${machine_type}${spot ? ", Spot" : ""}${is_guess ? " (guessed)" : ""}`);
  return [...new Set(named.map((name) => name ?? "not known"))].join("; ");
}

/** "1 h 30 min", with Spot preemptions if there were any; a dash without attempts. */
export function timeWords(cost: CostInfo): string {
  if (cost.attempts === 0) return "–";
  const time = duration(cost.machine_seconds * 1_000);
  return cost.spot_losses === 0 ? time : `${time}, ${cost.spot_losses} preempted`;
}
