import { gzipSync } from "node:zlib";
import type { BrowserContext, Page } from "playwright-core";
import { RUN_TABS, runPath } from "../src/router/address.ts";
import { newTab, painted, withBrowser } from "./browser.ts";
import { type Job, type Measured, median } from "./job.ts";

const ROUNDS = 3;
const SLOWEST = 4; // pages that are named

interface Load {
  /** Gzipped scripts and style sheets, in kB. */
  readonly kb: number;
  readonly lcp: number;
  /** The beginning of what the largest paint showed. */
  readonly largest: string;
  readonly cls: number;
}

interface PageOf<T> {
  readonly path: string;
  readonly value: number;
  readonly loads: readonly T[];
}

/** Every kind of page, opened in a browser that knows nothing of the site, and pressed where people press. */
export async function measureLoads(job: Job): Promise<Measured> {
  // The stored run has no inputs.
  const tabs = RUN_TABS.filter((tab) => tab !== "inputs").map((tab) => runPath(job.largeRun, tab));
  const compared = `${runPath(job.largeRun, "compare")}?with=${job.otherLargeRun}`;
  const paths = ["/runs", "/runs/new", "/preferences", ...tabs, compared];
  const loads = new Map<string, Load[]>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const path of paths) loads.set(path, [...(loads.get(path) ?? []), await withBrowser(job, (context) => load(context, job.service + path))]);
  }
  const first = loads.get("/runs")?.[0]?.kb ?? Number.NaN;
  const pages = (what: "kb" | "lcp" | "cls", of: (values: readonly number[]) => number): PageOf<Load>[] =>
    [...loads]
      .map(([path, all]) => ({ path: path.replace(job.largeRun, "…"), value: of(all.map((one) => one[what])), loads: all }))
      .toSorted((a, b) => b.value - a.value);
  const most = (values: readonly number[]): number => Math.max(...values);
  const worst = ([page]: readonly PageOf<Load>[]): PageOf<Load> => {
    if (!page) throw new Error("no page was loaded");
    return page;
  };
  const [largest, lcp, cls] = [worst(pages("kb", most)), worst(pages("lcp", median)), worst(pages("cls", most))];
  const slow = pages("lcp", median).map(({ path, value }) => `${path} ${value.toFixed(0)}`);
  const visits = `median of ${ROUNDS} visits without a cache, by the clock`;
  return {
    "console.first_load_kb": { value: first, against: "JS and CSS of /runs, gzip" },
    "console.largest_route_kb": { value: largest.value, against: `JS and CSS of ${largest.path}, gzip` },
    "console.lcp_ms": {
      value: lcp.value,
      against: `${visits}; it shows ${JSON.stringify(lcp.loads[0]?.largest)}; the slowest of ${paths.length} pages: ${slow.slice(0, SLOWEST).join(", ")}`,
    },
    "console.cls": { value: cls.value, against: `${cls.path}, the worst of ${paths.length} pages and ${ROUNDS} visits` },
    ...(await withBrowser(job, (context) => interactions(context, job))),
  };
}

async function load(context: BrowserContext, url: string): Promise<Load> {
  const { page } = await newTab(context);
  const sizes: Promise<number>[] = [];
  page.on("response", (response) => {
    if (["script", "stylesheet"].includes(response.request().resourceType())) sizes.push(response.body().then(gzipped));
  });
  await page.goto(url);
  await page.waitForLoadState("networkidle");
  await painted(page);
  const { lcp, largest, cls } = await page.evaluate(vitals);
  return { kb: (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) / 1_000, lcp, largest, cls };
}

function gzipped(body: Buffer): number {
  return gzipSync(body, { level: 9 }).length;
}

/** Largest contentful paint and layout shifts so far, as the browser noted them. */
async function vitals(): Promise<Pick<Load, "lcp" | "largest" | "cls">> {
  const entriesOf = (type: string): Promise<PerformanceEntryList> =>
    new Promise((found) => {
      new PerformanceObserver((list) => found(list.getEntries())).observe({ type, buffered: true });
      setTimeout(() => found([]), 500); // there are none
    });
  const paints = (await entriesOf("largest-contentful-paint")) as (PerformanceEntry & { element: Element | null })[];
  const shifts = (await entriesOf("layout-shift")) as (PerformanceEntry & { value: number; hadRecentInput: boolean })[];
  const cls = shifts.reduce((sum, shift) => sum + (shift.hadRecentInput ? 0 : shift.value), 0);
  const largest = paints.at(-1)?.element?.textContent?.slice(0, 30) ?? "";
  return { lcp: paints.at(-1)?.startTime ?? Number.POSITIVE_INFINITY, largest, cls };
}

/** The longest that an interaction of somebody who reads a large run takes to be seen (INP). */
async function interactions(context: BrowserContext, job: Job): Promise<Measured> {
  const { page } = await newTab(context);
  await page.addInitScript(noteInteractions);
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await page.goto(`${job.service}/runs`);
    await page.getByRole("link", { name: "New run" }).first().click();
    await page.waitForLoadState("networkidle");
    await page.goto(`${job.service}/runs/${job.largeRun}`);
    await readRun(page);
    rounds.push(await page.evaluate(() => Math.max(...(window as unknown as { durations: number[] }).durations)));
  }
  const against = `by the clock, to 8 ms; the slowest of some 40 interactions with a large run, median of ${ROUNDS} rounds`;
  return { "console.inp_ms": { value: median(rounds), against } };
}

async function readRun(page: Page): Promise<void> {
  const tabs = page.getByRole("navigation", { name: "Parts of the run" });
  for (const name of ["Timeline", "Log", "Files", "History", "Tasks"]) {
    await tabs.getByRole("link", { name }).click();
    await page.waitForLoadState("networkidle");
  }
  const list = page.getByRole("rowgroup", { name: "Tasks" });
  await list.getByRole("link").first().click();
  await page.getByRole("button", { name: "Close the task" }).click();
  await page.getByRole("button", { name: /^Took/ }).click();
  await page.getByLabel("Hide succeeded").check();
  await page.getByRole("searchbox").pressSequentially("sample_77");
  await page.waitForLoadState("networkidle");
  await page.getByRole("button", { name: "Name and labels" }).click();
  await page.keyboard.press("Escape");
  await painted(page);
}

function noteInteractions(): void {
  const durations: number[] = [16]; // nothing shorter is reported
  Object.assign(window, { durations });
  const observer = new PerformanceObserver((list) => {
    const entries = list.getEntries() as (PerformanceEventTiming & { interactionId: number })[];
    durations.push(...entries.filter((entry) => entry.interactionId > 0).map((entry) => entry.duration));
  });
  observer.observe({ type: "event", buffered: true, durationThreshold: 16 } as PerformanceObserverInit);
}
