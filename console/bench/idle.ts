import type { BrowserContext, Page } from "playwright-core";
import { newTab, withBrowser } from "./browser.ts";
import type { Job, Measured } from "./job.ts";
import { Relay } from "./relay.ts";

const TABS = ["", "/tasks", "/timeline", "/log"];
const SETTLED_MS = 5_000;
const QUIET_MS = 3_000; // less than the time between two polls
const MINUTE_MS = 60_000;

interface Counted {
  readonly tab: string;
  readonly requests: number;
  readonly streams: number;
  readonly whenHidden: number;
}

/** The pages of a run in which nothing happens, all open at once: a minute in view, and one from a minute after that is over. */
export function measureIdle(job: Job): Promise<Measured> {
  return withBrowser(job, async (context) => {
    const all = await Promise.all(TABS.map((tab) => count(context, job, tab)));
    const name = ({ tab }: Counted): string => tab || "/";
    const most = all.reduce((a, b) => (b.requests > a.requests ? b : a));
    const streams = Math.max(...all.map((one) => one.streams));
    const hidden = all.reduce((a, b) => (b.whenHidden > a.whenHidden ? b : a));
    return {
      "console.idle.requests_per_minute": { value: most.requests, against: `${name(most)}, the most of ${all.length} tabs of a run; streams not counted` },
      "console.idle.streams": { value: streams, against: "open or opened within the minute, the most of these tabs" },
      "console.hidden.requests_per_minute": { value: hidden.whenHidden, against: `${name(hidden)}, in the minute after the first; streams counted` },
    };
  });
}

async function count(context: BrowserContext, job: Job, tab: string): Promise<Counted> {
  const relay = await Relay.before(job.service);
  try {
    const { page } = await newTab(context);
    await page.addInitScript(hideable);
    await page.goto(`${relay.origin}/runs/${job.idleRun}${tab}`);
    await settle(page, relay);
    const settled = relay.asked.length;
    const before = relay.asked.filter((one) => one.isStream).length;
    await page.waitForTimeout(MINUTE_MS);
    const asked = relay.asked.slice(settled).filter((one) => !one.isStream);
    const streams = relay.asked.filter((one) => one.isStream).length;
    await hide(page);
    await page.waitForTimeout(MINUTE_MS + SETTLED_MS);
    const hidden = relay.asked.length;
    await page.waitForTimeout(MINUTE_MS);
    return { tab, requests: asked.length, streams: Math.max(before, streams), whenHidden: relay.asked.length - hidden };
  } finally {
    relay.stop();
  }
}

/** Until the page has asked for what it shows at first, however slow the machine is. */
async function settle(page: Page, relay: Relay): Promise<void> {
  for (let waited = 0; waited < MINUTE_MS; waited += QUIET_MS) {
    const before = relay.asked.length;
    await page.waitForTimeout(QUIET_MS);
    if (before > 0 && relay.asked.length === before) return;
  }
  throw new Error("the page did not come to rest within a minute");
}

// A headless browser has no other window that could hide this one.
function hideable(): void {
  let isHidden = false;
  Object.defineProperty(document, "visibilityState", { get: () => (isHidden ? "hidden" : "visible") });
  addEventListener("bench-hide", () => {
    isHidden = true;
    document.dispatchEvent(new Event("visibilitychange"));
  });
}

async function hide(page: Page): Promise<void> {
  await page.evaluate(() => dispatchEvent(new Event("bench-hide")));
}
