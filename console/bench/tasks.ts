import { newTab, withBrowser } from "./browser.ts";
import { type Job, type Measured, median } from "./job.ts";
import { figuresOf, jump, nothingYet, scroll, shownAfter } from "./scrolling.ts";

const LIST = ".task-scroll";
const ROW = 36; // pixels
const PLACES = [1, 0.5, 0.25, 0.9, 0.1]; // shares of the list
const ROUNDS = 3;
const APART = 0.03; // so that no jump finds tasks that the page holds since an earlier round

/** The list of a run with very many tasks: scrolled row by row and page by page, to its end and into its middle. */
export function measureTasks(job: Job): Promise<Measured> {
  return withBrowser(job, async (context) => {
    const tab = await newTab(context);
    await tab.page.goto(`${job.service}/runs/${job.largeRun}/tasks`);
    await shownAfter(tab.page, `${LIST} .task-row`, /sample_/);
    const scrolled = nothingYet();
    await scroll(tab, LIST, 3 * ROW, 100, scrolled);
    await scroll(tab, LIST, 15 * ROW, 100, scrolled);
    const jumps = new Map<number, number[]>(PLACES.map((place) => [place, []]));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [place, taken] of jumps) {
        await jump(tab, LIST, place - round * APART, scrolled);
        taken.push(await shownAfter(tab.page, `${LIST} .task-row`, /sample_/));
        await scroll(tab, LIST, -5 * ROW, 10, scrolled);
      }
    }
    const slowest = Math.max(...[...jumps.values()].map(median));
    const against = `by the clock; the slowest of ${PLACES.length} places in the list, each the median of ${ROUNDS} jumps nearby`;
    return { ...(await figuresOf("console.tasks", tab, scrolled)), "console.tasks.jump_ms": { value: slowest, against } };
  });
}
