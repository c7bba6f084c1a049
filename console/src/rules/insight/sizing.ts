import type { AskedFor, PipelineAdviceResponse, ProcessAdviceInfo } from "../../../generated/api.ts";
import { size } from "../sizes.ts";

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
  const changes = found.processes.filter(isChange);
  if (changes.length === 0) return `No change suggested, judging by the tasks of ${earlierRuns(found.runs)}.`;
  const processes = changes.length === 1 ? "1 process" : `${changes.length} processes`;
  return `Changes suggested for ${processes}, judging by the tasks of ${earlierRuns(found.runs)}. ${savingWords(found.saved_monthly)}`.trim();
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
