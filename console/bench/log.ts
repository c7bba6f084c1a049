import { type Tab, newTab, withBrowser } from "./browser.ts";
import { type Job, type Measured, median } from "./job.ts";
import { figuresOf, jump, nothingYet, scroll, shownAfter } from "./scrolling.ts";

const LIST = ".log-scroll";
const ROW = 24; // pixels
const VISITS = 3;
const TURNS = 15; // to the earliest entry that is held, each of which loads the page before it

/** The log of a run with very many entries: its end, far back through it, and back at its end. */
export function measureLog(job: Job): Promise<Measured> {
  return withBrowser(job, async (context) => {
    const tab = await newTab(context);
    const ends = [];
    for (let visit = 0; visit < VISITS; visit += 1) {
      await tab.page.goto(`${job.service}/runs/${job.largeRun}/log`);
      ends.push(await shownAfter(tab.page, `${LIST} .log-row`, /sample_/));
    }
    const scrolled = nothingYet();
    const kept = [];
    for (let turn = 0; turn < TURNS; turn += 1) {
      await scroll(tab, LIST, -10 * ROW, 15, scrolled);
      await jump(tab, LIST, 0, scrolled);
      await tab.page.waitForTimeout(100); // the page before it is on its way
      kept.push(await entriesKept(tab));
    }
    const figures = await figuresOf("console.log", tab, scrolled);
    return {
      ...figures,
      "console.log.entries_kept": { value: Math.max(...kept), against: `objects in the heap, the most in ${kept.length} looks` },
      "console.log.end_ms": { value: median(ends), against: `by the clock, from the loaded page to the newest entries; median of ${VISITS} visits` },
    };
  });
}

/** How many log entries the page holds, wherever: objects with the fields of one. */
async function entriesKept({ devtools }: Tab): Promise<number> {
  await devtools.send("HeapProfiler.collectGarbage");
  const { result: prototype } = await devtools.send("Runtime.evaluate", { expression: "Object.prototype" });
  const { objects } = await devtools.send("Runtime.queryObjects", { prototypeObjectId: prototype.objectId ?? "" });
  const { result } = await devtools.send("Runtime.callFunctionOn", {
    objectId: objects.objectId ?? "",
    functionDeclaration: "function () { return this.filter((one) => 'logger' in one && 'message' in one && 'number' in one).length; }",
    returnByValue: true,
  });
  await devtools.send("Runtime.releaseObject", { objectId: objects.objectId ?? "" });
  return Number(result.value);
}
