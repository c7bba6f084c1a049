import { expect } from "vitest";
import type { TaskListResponse } from "../../generated/api.ts";
import { Log } from "../parts/log.ts";
import { Run } from "../parts/run.ts";
import { submitExample } from "../support/example.ts";
import { journey } from "../support/journey.ts";

journey("a failed run says why, proves it in the log, and is recovered with what helps", async ({ page, api }) => {
  const failedId = await submitExample(api, "fail_oom");
  const run = new Run(page);
  await run.open(failedId);
  await run.waitForState("Failed");

  await page.getByRole("heading", { name: "A task needed more memory than it had" }).waitFor();
  const evidence = page.locator(".evidence li").filter({ has: page.getByRole("link", { name: "Show in the log" }) }).first();
  const line = await evidence.locator("code").innerText();
  await evidence.getByRole("link", { name: "Show in the log" }).click();
  const log = new Log(page);
  await log.target.first().waitFor();
  expect(new URL(page.url()).hash).toMatch(/^#e\d+$/);
  const shown = (await log.target.locator(".log-text").allInnerTexts()).join("");
  expect(shown.replaceAll(/\s+/g, "")).toContain(line.replaceAll(/\s+/g, ""));

  await page.getByRole("button", { name: "Recover", exact: true }).click();
  const plan = run.dialog.getByRole("region", { name: "The plan" });
  const reused = plan.getByRole("listitem").filter({ hasText: "Reused" }).locator("strong");
  await expect.poll(async () => Number(await reused.innerText())).toBeGreaterThan(0);
  const promised = Number(await reused.innerText());
  await run.dialog.getByRole("button", { name: "Put it into the config" }).click();
  await run.dialog.getByLabel("Note").fill("more memory");
  await run.dialog.getByRole("button", { name: "Recover", exact: true }).click();

  await page.waitForURL((url) => /run-[0-9a-f]{8}$/.test(url.pathname) && !url.pathname.endsWith(failedId));
  await run.waitForState("Completed");
  await page.getByText("more memory").waitFor();
  await page.getByRole("link", { name: failedId }).waitFor();
  const recoveredId = page.url().slice(-failedId.length);
  const { tasks } = await api.get<TaskListResponse>(`/api/runs/${recoveredId}/tasks?limit=200`);
  expect(tasks.filter(({ status }) => status === "CACHED")).toHaveLength(promised);

  await page.goto(`/runs/${failedId}`);
  await page.getByRole("link", { name: recoveredId }).waitFor();
});
