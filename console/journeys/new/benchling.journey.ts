import { expect } from "vitest";
import type { NgsRunListResponse, NgsRunSamplesResponse, RunInputsResponse } from "../../generated/api.ts";
import { NewRun } from "../parts/new_run.ts";
import { Run } from "../parts/run.ts";
import { journey } from "../support/journey.ts";

journey("a scientist runs the samples of a sequencing run and sees the run complete", async ({ page, api }) => {
  const { runs: sequenced } = await api.get<NgsRunListResponse>("/api/benchling/runs?page_size=50");
  const small = sequenced.find((one) => one.completed_on && one.library_count > 0 && one.library_count <= 4 && one.projects[0]);
  if (!small) throw new Error("Benchling has no small sequencing run that belongs to a project");

  await page.goto("/");
  await page.getByRole("link", { name: "Start your first run" }).click();
  const form = new NewRun(page);
  await form.takeFromBenchling(small.name);
  await form.missing.getByText("genome", { exact: false }).first().waitFor();
  await form.setParam("genome", "GRCh38");
  await form.setParam("protocol", "10XV3");
  await form.missing.waitFor({ state: "detached" });
  await form.review();
  await form.summary.getByText(small.name).waitFor();
  const runId = await form.start();

  const run = new Run(page);
  await run.waitForState("Running");
  await page.getByRole("progressbar", { name: "Progress" }).waitFor();
  await run.waitForState("Completed");
  await page.getByRole("link", { name: "Run again with changes" }).waitFor();

  const { samples } = await api.get<NgsRunSamplesResponse>(`/api/benchling/runs/${small.name}/samples`);
  const inputs = await api.get<RunInputsResponse>(`/api/runs/${runId}/inputs`);
  expect(inputs.source_ngs_runs).toEqual([small.name]);
  expect(inputs.source_project).toBe(small.projects[0]);
  for (const { sample, lanes } of samples) {
    for (const { fastq_1, fastq_2 } of lanes) expect(inputs.samplesheet_csv).toContain(`${sample},${fastq_1},${fastq_2}`);
  }
  await page.getByRole("link", { name: "Sluice: all runs" }).click();
  await page.getByRole("row").filter({ hasText: runId }).getByText("Completed").waitFor();
});
