import { newTab, withBrowser } from "./browser.ts";
import type { Job, Measured } from "./job.ts";
import { figuresOf, jump, nothingYet, scroll, shownAfter } from "./scrolling.ts";

const LIST = ".task-scroll";
const ROW = 36; // pixels

/** The list of a run with very many tasks: scrolled row by row and page by page, to its end and into its middle. */
export function measureTasks(job: Job): Promise<Measured> {
  return withBrowser(job, async (context) => {
    const tab = await newTab(context);
    await tab.page.goto(`${job.service}/runs/${job.largeRun}/tasks`);
    await shownAfter(tab.page, `${LIST} .task-row`, /sample_/);
    const scrolled = nothingYet();
    await scroll(tab, LIST, 3 * ROW, 100, scrolled);
    await scroll(tab, LIST, 15 * ROW, 100, scrolled);
    const jumps = [];
    for (const share of [1, 0.5, 0.25, 0.9, 0.1]) {
      await jump(tab, LIST, share, scrolled);
      jumps.push(await shownAfter(tab.page, `${LIST} .task-row`, /sample_/));
      await scroll(tab, LIST, -5 * ROW, 20, scrolled);
    }
    const slowest = Math.max(...jumps);
    return {
      ...(await figuresOf("console.tasks", tab, scrolled)),
      "console.tasks.jump_ms": { value: slowest, against: `by the clock; the slowest of ${jumps.length} jumps, to the end and elsewhere` },
    };
  });
}
