import { expect, it } from "vitest";
import type { PipelineSchema } from "../../../generated/api.ts";
import { changesIn, samplesLine } from "../../../src/rules/launch/summary.ts";

const param = (name: string, type: string, standard: unknown) => ({ name, title: name.toUpperCase(), type, other_types: [], default: standard });
const SCHEMA = {
  sample_column: "sample",
  params: [param("aligner", "string", "alevin"), param("skip", "boolean", null), param("cells", "integer", null)],
} as unknown as PipelineSchema;
const INPUTS = {
  values: { aligner: "alevin", skip: true, cells: "500" },
  sheet: { columns: ["sample"], rows: [["a"], ["a"], ["b"], [""]] },
  config: "",
  ngsRuns: [],
  project: "",
  name: "",
};

it("names what differs from the defaults", () => {
  expect(changesIn(SCHEMA, INPUTS)).toEqual([
    { name: "skip", title: "SKIP", value: "on", standard: "not set" },
    { name: "cells", title: "CELLS", value: "500", standard: "not set" },
  ]);
});

it("names no default of a parameter that one has to choose", () => {
  const chemistry = { ...param("chemistry", "string", "auto"), required: true };
  const schema = { ...SCHEMA, params: [chemistry] } as unknown as PipelineSchema;
  expect(changesIn(schema, { ...INPUTS, values: { chemistry: "10XV3" } })).toEqual([
    { name: "chemistry", title: "CHEMISTRY", value: "10XV3", standard: null },
  ]);
});

it("counts samples and rows", () => {
  expect(samplesLine(SCHEMA, INPUTS)).toBe("2 samples in 3 rows");
});
