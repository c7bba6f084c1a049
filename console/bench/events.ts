import { createParser } from "eventsource-parser";
import { newTab, withBrowser } from "./browser.ts";
import { type Job, type Measured, median, percentile } from "./job.ts";
import { Relay } from "./relay.ts";

const RUNS = 3;
const WITHIN_MS = 120_000;

/** What the page showed from a moment on, in milliseconds since the epoch. */
interface Painted {
  readonly at: number;
  readonly state: string;
  readonly counts: string;
}

interface Happened {
  readonly at: number;
  readonly what: "state" | "counts";
  readonly words: string;
}

/** Runs from their submission to their end: how long after an event reached the page it was painted. */
export async function measureEvents(job: Job): Promise<Measured> {
  const runs: number[][] = [];
  for (let run = 0; run < RUNS; run += 1) runs.push(await delaysOfRun(job));
  const all = runs.flat();
  const ofRuns = runs.map((delays) => percentile(delays, 0.95));
  const each = ofRuns.map((value) => value.toFixed(0)).join(", ");
  const against = `by the clock; 95 in 100 changes of a run, median of ${RUNS} runs (${each}); ${all.length} changes, median ${median(all).toFixed(0)}`;
  return { "console.event_to_paint_p95_ms": { value: median(ofRuns), against } };
}

async function delaysOfRun(job: Job): Promise<number[]> {
  const relay = await Relay.before(job.service);
  const happened: Happened[] = [];
  try {
    const runId = await submit(job);
    listen(relay, happened);
    const seen = await watch(job, `${relay.origin}/runs/${runId}`);
    return happened.flatMap((event) => delayOf(event, seen));
  } finally {
    relay.stop();
  }
}

async function submit(job: Job): Promise<string> {
  const headers = { "Content-Type": "application/json", "X-Dev-User": job.user };
  const answer = await fetch(`${job.service}/api/runs`, { method: "POST", headers, body: job.request });
  if (answer.status !== 201) throw new Error(`POST /api/runs answered ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as { run_id: string }).run_id;
}

function listen(relay: Relay, happened: Happened[]): void {
  const parser = createParser({
    onEvent({ event, data }) {
      const facts = JSON.parse(data) as { status?: string; tasks?: Record<string, number> };
      const at = performance.timeOrigin + performance.now();
      if (event === "status") happened.push({ at, what: "state", words: facts.status ?? "" });
      if (event === "progress") happened.push({ at, what: "counts", words: countsIn(facts.tasks ?? {}) });
    },
  });
  relay.onPiece = (piece) => {
    parser.feed(piece.toString());
    return piece.length;
  };
}

function countsIn(tasks: Readonly<Record<string, number>>): string {
  return Object.values(tasks).filter(Boolean).sort().join(" ");
}

function watch(job: Job, url: string): Promise<readonly Painted[]> {
  return withBrowser(job, async (context) => {
    const { page } = await newTab(context);
    await page.addInitScript(notePaints);
    await page.goto(url);
    await page.locator(".run-head .state", { hasText: "Completed" }).waitFor({ timeout: WITHIN_MS });
    await page.waitForTimeout(1_000);
    return page.evaluate(() => (window as unknown as { seen: Painted[] }).seen);
  });
}

/** Keep what the header of the run shows after each frame in which it changed. */
function notePaints(): void {
  const seen: Painted[] = [];
  Object.assign(window, { seen });
  const wordsIn = (selector: string): string[] => [...document.querySelectorAll(selector)].map((one) => one.textContent ?? "");
  const look = (): void => {
    const state = wordsIn(".run-head .page-head .state")[0]?.toLowerCase() ?? "";
    const counts = wordsIn(".tiles .number").sort().join(" ");
    const last = seen.at(-1);
    if (last?.state === state && last.counts === counts) return;
    seen.push({ at: performance.timeOrigin + performance.now(), state, counts });
  };
  // a task after the frame: it has been painted then
  new MutationObserver(() => requestAnimationFrame(() => setTimeout(look))).observe(document, { subtree: true, childList: true, characterData: true });
}

/** Nothing for an event whose state was replaced by a later one before a frame could show it. */
function delayOf({ at, what, words }: Happened, seen: readonly Painted[]): number[] {
  const before = seen.findLast((one) => one.at <= at);
  if (before?.[what] === words) return [];
  const shown = seen.find((one) => one.at > at && one[what] === words);
  return shown ? [shown.at - at] : [];
}
