import { expect } from "vitest";
import type { LogEntry, LogPage } from "../../generated/api.ts";
import { Log } from "../parts/log.ts";
import { NewRun } from "../parts/new_run.ts";
import { submitExample } from "../support/example.ts";
import { journey } from "../support/journey.ts";

const HOSTILE = ["<script>alert(1)</script>", "<img src=x onerror=alert(2)>", '=HYPERLINK("http://x")', "+1", "🧫🧬", "a\u202Eb", "'; DROP TABLE runs; --"];

journey("whatever is pasted is text: tags, formulae, emoji, half a row", async ({ page }) => {
  const alerts: string[] = []; // of a script in the sheet
  page.on("dialog", async (dialog) => {
    alerts.push(dialog.message());
    await dialog.dismiss();
  });
  const form = new NewRun(page);
  await form.open();
  await form.paste(`sample\tfastq_1\tfastq_2\n${HOSTILE.map((text) => `${text}\tgs://lab/${text}.fastq.gz`).join("\n")}\n\thalf`);
  const shown = await form.texts(HOSTILE.length + 1);
  expect(shown).toEqual([...HOSTILE.map((text) => [text, `gs://lab/${text}.fastq.gz`, ""]), ["", "half", ""]]);
  await page.getByRole("button", { name: "Check" }).click();
  await form.problems.first().waitFor();
  expect(await page.locator("main script, main img").count()).toBe(0);
  expect(alerts).toEqual([]);
});

journey("100,000 pasted rows are there, to the last, and are checked", async ({ page }) => {
  const form = new NewRun(page);
  await form.open();
  const rows = Array.from({ length: 100_000 }, (_, row) => `s${row}\tgs://lab/${row}_R1.fastq.gz\tgs://lab/${row}_R2.fastq.gz`);
  rows[99_998] = "a name\tgs://lab/1_R1.fastq.gz\tgs://lab/1_R2.fastq.gz";
  await form.paste(`sample\tfastq_1\tfastq_2\r\n${rows.join("\r\n")}\r\n`);
  await page.getByText("100,000 samples in 100,000 rows").waitFor();
  await form.grid.press("ControlOrMeta+End");
  await form.cell(99_999, 2).getByText("gs://lab/99999_R2.fastq.gz").waitFor();
  expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(1_500);
  await page.getByRole("button", { name: "Check" }).click();
  await form.problems.filter({ hasText: "Row 100000, sample" }).or(form.problems.filter({ hasText: "Row 100,000, sample" })).first().click();
  await form.cell(99_998, 0).getByText("a name").waitFor();
});

journey("a config of 100 KB is taken, and one byte more says what to do", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const form = new NewRun(page);
  await form.open();
  const line = "// a comment that only makes the config longer, again and again\n";
  const most = 100 * 1024;
  const config = line.repeat(Math.ceil(most / line.length)).slice(0, most);
  const field = page.getByLabel("Nextflow config");
  await field.focus();
  await page.evaluate((text) => navigator.clipboard.writeText(text), config);
  await page.keyboard.press("ControlOrMeta+v");
  await page.getByText("100.0 of at most 100 KB").waitFor();
  expect(await form.missing.getByText("Shorten the config to 100 KB").count()).toBe(0);
  await field.press("x");
  await form.missing.getByText("Shorten the config to 100 KB").waitFor();
});

journey("a log line of 1 MB is shown in part and stops nothing", async ({ page, api }) => {
  const runId = await submitExample(api);
  const entry = (number: number, message: string): LogEntry => ({ number, message, level: "INFO", timestamp: null, process: null, thread: null, logger: null }) as unknown as LogEntry;
  const entries = [entry(2, "after it"), entry(1, `<script>${"x".repeat(1_048_576)}`), entry(0, "before it")];
  const answer: Partial<LogPage> = { entries, total: 3, next_cursor: null, total_capped: false };
  await page.route(`**/api/runs/${runId}/logs?*`, (route) => route.fulfill({ json: { ...answer, complete: true } }));
  await page.goto(`/runs/${runId}/log`);
  const log = new Log(page);
  await log.frame.getByText("after it").waitFor();
  expect(await page.evaluate(() => document.body.innerText.length)).toBeLessThan(50_000);
  await log.frame.evaluate((frame) => (frame.scrollTop = 0));
  await log.frame.getByText("before it").waitFor();
  await page.getByLabel("Wrap lines").uncheck();
  await log.frame.getByText(/more characters: download the log to see them/).first().waitFor();
});
