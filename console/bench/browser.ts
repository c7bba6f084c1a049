import { type BrowserContext, type CDPSession, type Page, chromium } from "playwright-core";
import type { Job } from "./job.ts";

/** A page of the console, and how much of the processor its thread has used. */
export interface Tab {
  readonly page: Page;
  readonly devtools: CDPSession;
}

/** What the thread of a page has done so far, in milliseconds of the processor. */
export interface Work {
  readonly script: number;
  readonly all: number;
}

// Containers lack the namespaces for the sandbox, and only our own page is opened.
const OPTIONS = ["--no-sandbox", "--disable-gpu", "--no-proxy-server", "--enable-precise-memory-info"];

/** Do something in a new browser, which has no cache and no cookies. */
export async function withBrowser<T>(job: Job, work: (context: BrowserContext) => Promise<T>): Promise<T> {
  const browser = await chromium.launch({ executablePath: job.chromium, args: OPTIONS });
  try {
    return await work(await browser.newContext(contextOptions(job)));
  } finally {
    await browser.close();
  }
}

export function contextOptions(job: Job) {
  return { viewport: { width: 1280, height: 800 }, extraHTTPHeaders: { "X-Dev-User": job.user }, serviceWorkers: "block" } as const;
}

/** A tab in which nothing is opened yet. */
export async function newTab(context: BrowserContext): Promise<Tab> {
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  // Time of the processor, which other programs of the machine hardly change.
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  return { page, devtools };
}

export async function workSoFar({ devtools }: Tab): Promise<Work> {
  const { metrics } = await devtools.send("Performance.getMetrics");
  const ms = (name: string): number => (metrics.find((one) => one.name === name)?.value ?? 0) * 1_000;
  return { script: ms("ScriptDuration"), all: ms("TaskDuration") };
}

export async function workOf(tab: Tab, action: () => Promise<void>): Promise<Work> {
  const before = await workSoFar(tab);
  await action();
  const after = await workSoFar(tab);
  return { script: after.script - before.script, all: after.all - before.all };
}

/** Until the next frame has been painted. */
export async function painted(page: Page): Promise<void> {
  await page.evaluate(() => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))));
}

/** Elements of the document, as Lighthouse counts the size of a page. */
export function elementCount(page: Page): Promise<number> {
  return page.evaluate(() => document.getElementsByTagName("*").length);
}

/** Bytes in use after a collection of garbage, in MB. */
export async function heapMb({ devtools }: Tab): Promise<number> {
  await devtools.send("HeapProfiler.collectGarbage");
  return (await devtools.send("Runtime.getHeapUsage")).usedSize / 1e6;
}
