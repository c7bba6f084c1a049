import { expect, it } from "vitest";
import type { RunResponse } from "../../generated/api.ts";
import { reasonFor } from "../../src/rules/causes.ts";

type Diagnosis = RunResponse["diagnosis"];

const OUT_OF_MEMORY = { cause: "out_of_memory" } as Diagnosis;
const MESSAGE = "Process `A:ALIGN (s1)` terminated with an error exit status (137)\nmore";

it("says why a run failed, and in which task, without the words of Nextflow", () => {
  const run = { diagnosis: OUT_OF_MEMORY, error_task: "A:ALIGN (s1)", error_message: MESSAGE };
  expect(reasonFor(run)).toBe("A task needed more memory than it had: ALIGN (s1)");
  expect(reasonFor({ ...run, error_task: null })).toBe("A task needed more memory than it had");
});

it("falls back on the first line of the message where no cause is known", () => {
  const run = { diagnosis: { cause: "unknown" } as Diagnosis, error_task: null, error_message: MESSAGE };
  expect(reasonFor(run)).toBe("Process `A:ALIGN (s1)` terminated with an error exit status (137)");
  expect(reasonFor({ ...run, diagnosis: null, error_message: null })).toBe("");
});
