import { expect } from "vitest";
import type { LogPage, RunListResponse } from "../../generated/api.ts";
import { Log } from "../parts/log.ts";
import { Run } from "../parts/run.ts";
import { journey as anyJourney } from "../support/journey.ts";
import { type Api, required } from "../support/stack.ts";

const RUN = required("LARGE_RUN");
const ELEMENTS = 1_500;
const STORED_WITHIN_MS = 240_000;

const journey = anyJourney.extend<{ user: string }>({ user: async ({}, use) => use(required("LARGE_RUN_OWNER")) });

journey("the first, the last and any of 100,000 tasks", { timeout: STORED_WITHIN_MS }, async ({ page, api }) => {
  await stored(api);
  await new Run(page).open(RUN, "tasks");
  const frame = page.getByRole("rowgroup", { name: "Tasks" });
  const row = (position: number) => frame.locator(`[aria-rowindex="${position + 1}"]`);
  await row(1).getByText("Failed").waitFor();
  await page.getByText("100,000 tasks, failed first").waitFor();
  for (const [share, position] of [[1, 100_000], [0.5, 50_001], [0, 1]] as const) {
    await frame.evaluate((element, to) => (element.scrollTop = to * (element.scrollHeight - element.clientHeight)), share);
    await row(position).getByRole("link").waitFor();
    expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(ELEMENTS);
  }

  await page.getByRole("searchbox", { name: "Search tasks" }).fill("sample_99999");
  await page.getByText(/^1 tasks?,/).waitFor();
  await row(1).getByText("sample_99999").waitFor();
  await page.getByRole("searchbox", { name: "Search tasks" }).fill("");
  await page.getByRole("button", { name: /^Failed/ }).click();
  const failed = (await api.run(RUN)).metrics?.tasks["FAILED"];
  await page.getByText(`${failed} tasks, failed first`).waitFor();
});

journey("the first, the last and any of 1,000,000 log entries", { timeout: STORED_WITHIN_MS }, async ({ page, api }) => {
  await stored(api);
  await new Run(page).open(RUN, "log");
  const log = new Log(page);
  const last = (await api.get<LogPage>(`/api/runs/${RUN}/logs?order=desc&limit=1`)).entries[0]?.number ?? 0;
  expect(last).toBeGreaterThan(999_000);
  const entry = (number: number) => log.frame.getByRole("link", { name: `Entry ${number}`, exact: true });
  await entry(last).waitFor();
  await log.frame.hover();
  await page.mouse.wheel(0, -40_000); // more than one page of entries
  await expect.poll(() => topEntry(log)).toBeLessThan(last - 300);
  await page.getByRole("button", { name: "To the end" }).click();
  await entry(last).waitFor();

  for (const number of [0, 500_000, last - 1]) {
    await page.goto(`/runs/${RUN}/log#e${number}`);
    await log.target.first().getByRole("link", { name: `Entry ${number}`, exact: true }).waitFor();
    expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(ELEMENTS);
  }

  await page.getByLabel("Level").selectOption("WARN");
  await log.frame.getByText("WARN").first().waitFor();
  expect(new Set(await log.frame.locator(".log-level").allInnerTexts())).toEqual(new Set(["WARN"]));
  await page.getByRole("searchbox", { name: "Search the log" }).fill("sample_77777 has");
  await log.words.filter({ hasText: /^1 entry$/ }).waitFor();
  await log.frame.locator("mark").first().waitFor();
});

/** The run is stored while other journeys go on; its tasks come last. */
async function stored(api: Api): Promise<void> {
  await expect.poll(async () => (await api.get<RunListResponse>("/api/runs")).runs[0]?.metrics?.total, { timeout: STORED_WITHIN_MS, interval: 1_000 }).toBe(100_000);
}

async function topEntry(log: Log): Promise<number> {
  return Number(await log.frame.getByRole("link").first().innerText());
}
