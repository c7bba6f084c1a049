import type { AskedFor, PipelineAdviceResponse, ProcessAdviceInfo } from "../../../generated/api.ts";
import { size } from "../sizes.ts";
import { shortName } from "../tasks/state.ts";

const NANO = 1e9;

/** "42%"; a dash if unknown. */
export function percent(share: number | null | undefined): string {
  return share === null || share === undefined ? "–" : `${Math.round(share * 100).toLocaleString("en")}%`;
}

/** "8 CPUs, 36 GB"; what is unknown is left out. */
export function requestWords(asked: AskedFor): string {
  const cpus = asked.cpus === null ? [] : [asked.cpus === 1 ? "1 CPU" : `${asked.cpus} CPUs`];
  const memory = asked.memory === null ? [] : [size(asked.memory)];
  return [...cpus, ...memory].join(", ");
}

/** "$12.01"; a negative amount costs more. */
export function dollars(nanoDollars: number): string {
  const amount = (Math.abs(nanoDollars) / NANO).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return `${nanoDollars < 0 ? "−" : ""}$${amount}`;
}

/** What the advice comes to, in one sentence. */
export function summaryOf(found: PipelineAdviceResponse): string {
  const { processes: all, runs } = found;
  const killed = all.filter((advice) => isUnjudged(advice) && advice.kills > 0).map(killedWords);
  if (all.length > 0 && all.every(isUnjudged)) return [`There are not enough tasks to judge by yet, in ${earlierRuns(runs)}.`, ...killed].join(" ");
  const changes = all.filter(isChange);
  if (changes.length === 0) return [`No change suggested, judging by the tasks of ${earlierRuns(runs)}.`, ...killed].join(" ");
  const processes = changes.length === 1 ? "1 process" : `${changes.length} processes`;
  return `Changes suggested for ${processes}, judging by the tasks of ${earlierRuns(runs)}. ${savingWords(found.saved_monthly)}`.trim();
}

function isUnjudged({ verdict }: ProcessAdviceInfo): boolean {
  return verdict === "not_enough_yet";
}

/** What is known of a process for which nothing can be advised yet. */
function killedWords({ process, kills, asked }: ProcessAdviceInfo): string {
  const times = kills === 1 ? "once" : `${kills.toLocaleString("en")} times`;
  const request = asked.memory === null ? "" : `; its first attempts ask for ${size(asked.memory)}`;
  return `${shortName(process)} ran out of memory ${times}${request}.`;
}

function earlierRuns(count: number): string {
  return count === 1 ? "1 earlier run" : `${count.toLocaleString("en")} earlier runs`;
}

function savingWords(saved: number | null): string {
  if (saved === null) return "";
  const amount = dollars(Math.abs(saved));
  return saved >= 0 ? `In the last 30 days that would have saved about ${amount}.` : `In the last 30 days that would have cost about ${amount} more.`;
}

export function isChange(advice: ProcessAdviceInfo): boolean {
  return advice.verdict === "ask_less" || advice.verdict === "ask_more";
}

/** The config with the advice below it; the last setting of a process wins. */
export function withAdvice(config: string, advice: string): string {
  const before = config.trimEnd();
  return before ? `${before}\n\n${advice}` : advice;
}

/** Whether the config has this advice already. */
export function hasAdvice(config: string, advice: string): boolean {
  return config.includes(advice.trim());
}
