import { describe, expect, it } from "vitest";
import type { PipelineSchema } from "../../../generated/api.ts";
import { type Inputs, missingIn, requestFor } from "../../../src/rules/launch/request.ts";
import { readDraft, writeDraft } from "../../../src/rules/launch/draft.ts";
import { blankSheet } from "../../../src/rules/sheet/sheet.ts";

const SCHEMA = {
  pipeline: "nf-core/scrnaseq",
  version: "2.7.1",
  params: [{ name: "genome", title: "Reference genome", type: "string", other_types: [], required: true, default: null }],
  columns: [{ name: "sample", required: true }, { name: "cells", required: false }],
} as unknown as PipelineSchema;

const INPUTS: Inputs = {
  values: { genome: "GRCh38" },
  sheet: { columns: ["sample", "cells"], rows: [["s1", ""], ["", ""]] },
  config: "",
  ngsRuns: [],
  project: "",
  name: "",
};

describe("what is missing", () => {
  it("is said with the place to go to", () => {
    const missing = missingIn(SCHEMA, { ...INPUTS, values: {}, sheet: blankSheet(["sample"]) });
    expect(missing).toEqual([
      { words: "Add the samples", target: "sheet" },
      { words: "Fill in “Reference genome”", target: "param-genome" },
    ]);
  });

  it("includes secrets that are shown as dots, and a config that is too long", () => {
    const missing = missingIn(SCHEMA, { ...INPUTS, values: { genome: "•••" }, config: `${"é".repeat(60_000)}•••` });
    expect(missing.map(({ words }) => words)).toEqual([
      "Enter “Reference genome” again: it is secret",
      "Enter the secrets of the config again",
      "Shorten the config to 100 KB",
    ]);
  });

  it("is nothing when all is there", () => {
    expect(missingIn(SCHEMA, INPUTS)).toEqual([]);
  });
});

describe("the request", () => {
  it("has no blank parts", () => {
    expect(requestFor(SCHEMA, INPUTS)).toEqual({
      pipeline: "nf-core/scrnaseq",
      pipeline_version: "2.7.1",
      samplesheet_csv: "sample\ns1\n",
      params: { genome: "GRCh38" },
    });
  });

  it("says where the samples come from", () => {
    const request = requestFor(SCHEMA, { ...INPUTS, ngsRuns: ["NB0231"], project: " Atlas ", name: " Donor 1 ", config: "process.cpus = 2" });
    expect(request).toMatchObject({ source_ngs_runs: ["NB0231"], source_project: "Atlas", name: "Donor 1", config_content: "process.cpus = 2" });
  });
});

describe("a draft", () => {
  const draft = { savedAt: "2026-12-01T05:00:00Z", pipeline: "p/q", release: "1.0", origin: "", inputs: INPUTS };

  it("is read back as it was written, without blank rows at the end", () => {
    const sheet = { columns: ["sample", "cells"], rows: [["a, \"b\"\nc", ""], ["", "1"], ["", ""]] };
    const read = readDraft(writeDraft({ ...draft, inputs: { ...INPUTS, sheet } }));
    expect(read).toEqual({ ...draft, inputs: { ...INPUTS, sheet: { ...sheet, rows: sheet.rows.slice(0, 2) } }, lacksSheet: false });
  });

  it("of an earlier release has no name", () => {
    const { name: _, ...inputs } = INPUTS;
    expect(readDraft(writeDraft({ ...draft, inputs: inputs as Inputs }))?.inputs.name).toBe("");
  });

  it("lacks a sheet that is too large to keep", () => {
    const sheet = { columns: ["a"], rows: Array.from({ length: 60_000 }, () => ["x"]) };
    const read = readDraft(writeDraft({ ...draft, inputs: { ...INPUTS, sheet } }));
    expect(read).toMatchObject({ lacksSheet: true, inputs: { sheet: { columns: ["a"], rows: [] } } });
  });

  it.each([null, "", "{", "[]", "{}", '{"format":1}', '{"format":0}', "1"])("is none in %j", (text) => {
    expect(readDraft(text)).toBeNull();
  });
});
