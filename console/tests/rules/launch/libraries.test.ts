import { expect, it } from "vitest";
import type { LibrarySample } from "../../../generated/api.ts";
import { projectOf, readWords, rowsOf } from "../../../src/rules/launch/libraries.ts";

const lane = (number: number) => ({ lane: number, fastq_1: `gs://r1_${number}`, fastq_2: `gs://r2_${number}`, read_count: 1, q30: 90 });
const SAMPLES = [
  { sample: "a", project: "Atlas", lanes: [lane(1), lane(2)] },
  { sample: "b", project: "Atlas", lanes: [] },
] as unknown as LibrarySample[];

it("makes a row of each lane", () => {
  expect(rowsOf(SAMPLES, "sample")).toEqual({
    header: ["sample", "fastq_1", "fastq_2"],
    rows: [["a", "gs://r1_1", "gs://r2_1"], ["a", "gs://r1_2", "gs://r2_2"]],
  });
});

it("names the project that all have, or none", () => {
  expect(projectOf(SAMPLES)).toBe("Atlas");
  expect(projectOf([...SAMPLES, { project: null } as LibrarySample])).toBe("");
  expect(projectOf([])).toBe("");
});

it("shortens numbers of reads", () => {
  expect(readWords(412_345_678)).toBe("412M");
  expect(readWords(null)).toBe("–");
});
