import { readFileSync } from "node:fs";
import type { RunCreateRequest, RunResponse } from "../../generated/api.ts";
import type { Api } from "./stack.ts";

const EXAMPLE = new URL("../../../examples/scrnaseq/run.json", import.meta.url);

/** What fails in the simulated pipeline, by the name of a sample (localdev/nextflow_simulator/pipeline/failures.py). */
export type Failing = "fail_oom" | "fail_exit";

/** The example that the documentation runs; with `failing`, one of its samples fails. */
export function exampleRun(failing?: Failing): RunCreateRequest & { samplesheet_csv: string } {
  const text = readFileSync(EXAMPLE, "utf-8");
  return JSON.parse(failing ? text.replaceAll("marrow_donor2,", `${failing},`) : text) as ReturnType<typeof exampleRun>;
}

export async function submitExample(api: Api, failing?: Failing): Promise<string> {
  return (await api.post<RunResponse>("/api/runs", exampleRun(failing))).run_id;
}

/** Wait until a run is over. */
export async function ended(api: Api, runId: string): Promise<RunResponse> {
  for (;;) {
    const run = await api.run(runId);
    if (["completed", "failed", "cancelled"].includes(run.status)) return run;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
