import type { Page } from "playwright-core";
import { expect } from "vitest";
import type { RunResponse } from "../../generated/api.ts";
import { Run } from "../parts/run.ts";
import { accessibilityFaults } from "../support/axe.ts";
import { submitExample } from "../support/example.ts";
import { journey } from "../support/journey.ts";

journey("a run is cancelled, its jobs are counted down, and none is left", async ({ page, api }) => {
  const runId = await submitExample(api);
  const run = new Run(page);
  await run.open(runId);
  await page.getByRole("list", { name: "Tasks by status" }).waitFor(); // the first tasks have jobs of their own
  const lingering = await makeJobsLinger(page, runId);
  await page.getByRole("button", { name: "Cancel the run" }).click();
  await run.dialog.getByText(/tasks are running/).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await run.dialog.getByRole("button", { name: "Cancel the run" }).click();
  for (const left of ["37 jobs", "12 jobs", "1 job"]) {
    lingering.jobs = left; // until the page has shown it, however often it asks meanwhile
    await run.dialog.getByText(`${left},`).waitFor();
  }
  lingering.jobs = null;
  await run.dialog.getByText("Cloud Batch has no job of this run left").waitFor();
  await run.dialog.getByRole("button", { name: "Close", exact: true }).last().click();

  await run.waitForState("Cancelled");
  await page.getByRole("button", { name: "Recover", exact: true }).waitFor();
  expect((await api.run(runId)).status).toBe("cancelled");
});

/** The simulated head job stops its tasks itself, so that there is little to count; a head job that was killed does not. */
async function makeJobsLinger(page: Page, runId: string): Promise<{ jobs: string | null }> {
  const lingering: { jobs: string | null } = { jobs: "37 jobs" };
  await page.route(`**/api/runs/${runId}`, async (route) => {
    const answer = await route.fetch();
    if (route.request().method() !== "GET" || answer.status() !== 200) return route.fulfill({ response: answer });
    const run = (await answer.json()) as RunResponse;
    if (run.cancel_requested_at === null || lingering.jobs === null) return route.fulfill({ response: answer });
    const status_detail = `cancelling: waiting until Cloud Batch has ended ${lingering.jobs}, such as nf-1`;
    return route.fulfill({ json: { ...run, status: "running", status_detail } });
  });
  return lingering;
}
