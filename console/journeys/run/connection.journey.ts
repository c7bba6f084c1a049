import type { BrowserContext } from "playwright-core";
import { expect } from "vitest";
import type { LogPage, RunResponse } from "../../generated/api.ts";
import { Log } from "../parts/log.ts";
import { Run } from "../parts/run.ts";
import { submitExample } from "../support/example.ts";
import { journey as anyJourney, launch, signedIn } from "../support/journey.ts";
import { Relay } from "../support/relay.ts";
import type { Api } from "../support/stack.ts";

const CUT_EVERY_MS = 700;
const BROKEN = /net::ERR_|Failed to fetch|network error/;

const journey = anyJourney.extend<{ relay: Relay; context: BrowserContext }>({
  relay: async ({}, use) => {
    const relay = await Relay.start();
    await use(relay);
    await relay.stop();
  },
  context: async ({ relay, user, surroundings }, use) => {
    const browser = await launch(relay.chromiumSwitch);
    await use(await signedIn(browser, user, surroundings));
    await browser.close();
  },
});

journey("nothing of a log is lost or shown twice while the connection breaks again and again", async ({ page, api, watch, relay }) => {
  watch.expect(BROKEN);
  const runId = await submitExample(api);
  await page.goto(`/runs/${runId}/log`);
  const log = new Log(page);
  await log.frame.waitFor();
  await page.getByLabel("Wrap lines").uncheck();
  await whileRunning(api, runId, () => relay.cut());
  await log.words.filter({ hasText: /^[\d,]+ entries$/ }).waitFor();

  const { entries } = await api.get<LogPage>(`/api/runs/${runId}/logs?limit=5000`);
  expect(await log.texts()).toEqual(entries.flatMap(({ message }) => message.split("\n")));
});

journey("a run's page reaches its end though the connection breaks", async ({ page, api, watch, relay }) => {
  watch.expect(BROKEN);
  const runId = await submitExample(api);
  await page.goto(`/runs/${runId}`);
  await whileRunning(api, runId, () => relay.cut());
  await new Run(page).waitForState("Completed");
  const { metrics } = await api.run(runId);
  await page.locator(".run-head .progress-words").filter({ hasText: `${metrics?.total} tasks` }).waitFor();
});

/** Other pages than ours may use what every browser has. */
journey("a browser's own EventSource gets each event of a run once, in order, over two connections", async ({ page, api, watch, relay }) => {
  watch.expect(BROKEN);
  const runId = await submitExample(api);
  await page.goto("/runs");
  const following = page.evaluate(follow, `/api/runs/${runId}/events?last_event_id=0`);
  await page.waitForFunction(() => Number(document.title) >= 3);
  relay.cut();
  const { seen, opened } = await following;
  expect(opened).toBe(2);
  expect(seen.map(({ id }) => id)).toEqual(seen.map((_, index) => String(index + 1)));
  const states = seen.filter(({ kind }) => kind === "status").map(({ data }) => (data as RunResponse).status);
  expect(states).toEqual(["pending", "submitted", "running", "completed"]);
});

interface Followed {
  readonly seen: readonly { readonly id: string; readonly kind: string; readonly data: unknown }[];
  readonly opened: number;
}

/** Runs in the page; its title counts the events. */
function follow(path: string): Promise<Followed> {
  return new Promise((resolve) => {
    const seen: Followed["seen"][number][] = [];
    let opened = 0;
    const source = new EventSource(path);
    source.onopen = () => (opened += 1);
    for (const kind of ["status", "progress", "action", "done"]) {
      source.addEventListener(kind, (event) => {
        seen.push({ id: event.lastEventId, kind, data: JSON.parse(event.data) });
        document.title = String(seen.length);
        if (kind !== "done") return;
        source.close();
        resolve({ seen, opened });
      });
    }
  });
}

async function whileRunning(api: Api, runId: string, disturb: () => void): Promise<void> {
  while ((await api.run(runId)).completed_at === null) {
    await new Promise((resolve) => setTimeout(resolve, CUT_EVERY_MS));
    disturb();
  }
}
