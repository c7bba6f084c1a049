import type { Page } from "playwright-core";
import { expect } from "vitest";
import { Log } from "./parts/log.ts";
import { journey as anyJourney } from "./support/journey.ts";
import { type Seen, prepare } from "./support/tour.ts";

let prepared: Promise<Seen> | null = null;
const journey = anyJourney.extend<{ user: string; seen: Seen }>({
  user: async ({}, use) => use(`address-${process.pid}@lab.example`),
  seen: async ({ api }, use) => use(await (prepared ??= prepare(api))),
});

/** The address stays what it is, and `look` finds the same, after a reload and in another window. */
async function restores<T>(page: Page, look: (page: Page) => Promise<T>, expected: T): Promise<void> {
  await expect.poll(() => look(page)).toEqual(expected);
  const address = page.url();
  await page.reload();
  await expect.poll(() => look(page)).toEqual(expected);
  expect(page.url()).toBe(address);
}

const pressed = (page: Page): Promise<string[]> => page.locator('main [aria-pressed="true"], main .chip[aria-current="true"]').allInnerTexts();

journey("the filters of the list of runs", async ({ page, seen }) => {
  await page.goto("/runs");
  await page.getByRole("link", { name: "Failed" }).click();
  await page.getByRole("searchbox", { name: "Search runs" }).fill("scrnaseq");
  await page.waitForURL(/search=scrnaseq/);
  await page.getByLabel("Whose runs").selectOption("mine");
  await restores(
    page,
    async () => [await pressed(page), await page.getByRole("searchbox").inputValue(), await page.locator("tbody tr").allInnerTexts().then((rows) => rows.map((row) => row.includes(seen.failed)))],
    [["Failed"], "scrnaseq", [true]],
  );
});

journey("the filters, the order and the drawer of tasks", async ({ page, seen }) => {
  await page.goto(`/runs/${seen.failed}/tasks`);
  await page.getByRole("button", { name: /^Failed/ }).click();
  await page.getByRole("searchbox", { name: "Search tasks" }).fill("STAR_ALIGN");
  await page.waitForURL(/search=STAR_ALIGN/);
  await page.getByRole("button", { name: "Took", exact: true }).click();
  await page.getByRole("table", { name: "Tasks" }).getByRole("link").first().click();
  await page.getByRole("complementary", { name: "Task" }).getByRole("button", { name: /^Attempts/ }).click();
  await page.getByRole("region", { name: "Attempts" }).waitFor();
  await restores(
    page,
    async () => ({
      status: (await pressed(page)).map((words) => words.split(/\s/)[0]),
      search: await page.getByRole("searchbox").inputValue(),
      order: await page.getByRole("columnheader", { name: "Took" }).first().getAttribute("aria-sort"),
      rows: await page.locator(".task-scroll [data-task]").count(),
      attempts: await page.getByRole("region", { name: "Attempts" }).getByRole("columnheader").count(),
    }),
    { status: ["Failed"], search: "STAR_ALIGN", order: "ascending", rows: 2, attempts: 2 },
  );
});

journey("the level, the search, the entry and the zone of a log", async ({ page, seen }) => {
  await page.goto(`/runs/${seen.completed}/log`);
  const log = new Log(page);
  await page.getByLabel("Level").selectOption("INFO");
  await page.getByRole("searchbox", { name: "Search the log" }).fill("MULTIQC");
  await page.waitForURL(/search=MULTIQC/);
  await page.getByLabel("Times").selectOption("utc");
  await log.frame.getByRole("link", { name: /^Entry / }).first().click();
  const [number] = await log.target.first().getByRole("link").allInnerTexts();
  await restores(
    page,
    async () => ({
      level: await page.getByLabel("Level").inputValue(),
      search: await page.getByRole("searchbox").inputValue(),
      zone: await page.getByLabel("Times").inputValue(),
      target: await log.target.first().getByRole("link").allInnerTexts(),
    }),
    { level: "INFO", search: "MULTIQC", zone: "utc", target: [number ?? ""] },
  );
});

journey("the part of a timeline, a file, and a dialog, which “back” closes", async ({ page, seen }) => {
  await page.goto(`/runs/${seen.completed}/timeline`);
  await page.getByRole("button", { name: "Closer" }).click();
  await page.getByRole("button", { name: "Later" }).click();
  const words = await page.getByText("after the start").innerText();
  await restores(page, () => page.getByText("after the start").innerText(), words);

  await page.getByRole("link", { name: "Files" }).click();
  await page.getByRole("button", { name: "samplesheet.csv" }).click();
  await restores(page, () => page.getByRole("complementary", { name: "File" }).getByRole("heading").innerText().then((text) => text.split(/\s/)[0]), "samplesheet.csv");

  await page.getByRole("button", { name: "Share" }).click();
  await restores(page, () => page.getByRole("dialog").getByRole("heading").innerText(), "Share the run");
  await page.goBack();
  await page.getByRole("dialog").waitFor({ state: "detached" });
});

journey("the pipeline, the version and the values of a new run", async ({ page }) => {
  await page.goto("/runs/new?pipeline=nf-core%2Fscrnaseq&version=2.7.1&param.genome=GRCh38");
  await restores(page, async () => [
    await page.getByRole("combobox", { name: "Pipeline" }).inputValue(),
    await page.getByRole("combobox", { name: "Version" }).inputValue(),
    await page.locator("#param-genome").inputValue(),
  ], ["nf-core/scrnaseq", "2.7.1", "GRCh38"]);
});
