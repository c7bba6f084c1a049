import type { Page } from "playwright-core";
import { type Tab, elementCount, heapMb, painted, workOf } from "./browser.ts";
import { type Measured, median, percentile } from "./job.ts";

/** What scrolling a long list cost, frame by frame. */
export interface Scrolled {
  readonly script: number[];
  readonly all: number[];
  readonly elements: number[];
}

export const nothingYet = (): Scrolled => ({ script: [], all: [], elements: [] });

/** Move the element by `pixels` so many times, with a frame after each. */
export async function scroll(tab: Tab, selector: string, pixels: number, times: number, scrolled: Scrolled): Promise<void> {
  for (let step = 0; step < times; step += 1) await frame(tab, selector, { by: pixels }, scrolled);
}

/** Move the element to a share of its height, as one who drags the bar beside it. */
export function jump(tab: Tab, selector: string, share: number, scrolled: Scrolled): Promise<void> {
  return frame(tab, selector, { share }, scrolled);
}

async function frame(tab: Tab, selector: string, to: { by?: number; share?: number }, scrolled: Scrolled): Promise<void> {
  const { script, all } = await workOf(tab, async () => {
    await tab.page.evaluate(moved, { selector, ...to });
    await painted(tab.page);
  });
  scrolled.script.push(script);
  scrolled.all.push(all);
  scrolled.elements.push(await elementCount(tab.page));
}

function moved({ selector, by, share }: { selector: string; by?: number; share?: number }): void {
  const element = document.querySelector(selector);
  if (!element) throw new Error(`there is no ${selector}`);
  element.scrollTop = share === undefined ? element.scrollTop + (by ?? 0) : share * element.scrollHeight;
}

/** The figures of a list that was scrolled. */
export async function figuresOf(name: string, tab: Tab, scrolled: Scrolled): Promise<Measured> {
  const words = (values: readonly number[]): string =>
    `median ${median(values).toFixed(1)}, most ${percentile(values, 1).toFixed(1)}`;
  const frames = `${scrolled.script.length} frames, processor time`;
  return {
    [`${name}.script_p95_ms`]: {
      value: percentile(scrolled.script, 0.95),
      against: `${frames}; ${words(scrolled.script)}; with style, layout and paint: 95 in 100 below ${percentile(scrolled.all, 0.95).toFixed(1)}`,
    },
    [`${name}.elements`]: { value: percentile(scrolled.elements, 1), against: `the most of ${scrolled.elements.length} frames` },
    [`${name}.heap_mb`]: { value: await heapMb(tab), against: "in use after scrolling and a collection of garbage" },
  };
}

/** Milliseconds until `selector` is shown with a text that matches. */
export async function shownAfter(page: Page, selector: string, text: RegExp): Promise<number> {
  const started = performance.now();
  await page.locator(selector, { hasText: text }).first().waitFor({ timeout: 60_000 });
  return performance.now() - started;
}
