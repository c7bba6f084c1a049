import { expect, it } from "vitest";
import { findingsIn, stillTrue } from "../../../src/rules/sheet/findings.ts";
import { type Sheet, withBlock, withRows } from "../../../src/rules/sheet/sheet.ts";

const SHEET: Sheet = { columns: ["sample", "fastq_1"], rows: [["a b", "x"], ["c", "y"]] };
const FAULTS = [
  { field: "params.genome", row: null, column: null, message: "is required" },
  { field: "samplesheet_csv", row: 2, column: "sample", message: "must be a name without spaces" },
  { field: "samplesheet_csv", row: 2, column: "fastq_1", message: "must end in .fastq.gz" },
  { field: "samplesheet_csv", row: 1, column: "note", message: "is not known" },
  { field: "samplesheet_csv", row: null, column: null, message: "has no samples" },
];

it("finds the row of each fault in the sheet", () => {
  const found = findingsIn(SHEET, FAULTS, "fault");
  expect(found.map(({ row, column }) => [row, column])).toEqual([
    [SHEET.rows[0], "sample"],
    [SHEET.rows[0], "fastq_1"],
    ["header", "note"],
    [null, null],
  ]);
});

it("lets go of the fault of a changed cell and keeps the others of its row", () => {
  const next = withBlock(SHEET, { row: 0, column: 0 }, [["ab"]]);
  const kept = stillTrue(findingsIn(SHEET, FAULTS, "fault"), SHEET, next);
  expect(kept.map(({ column }) => column)).toEqual(["fastq_1", "note", null]);
  expect(kept[0]?.row).toBe(next.rows[0]);
});

it("moves with its row when rows are added above", () => {
  const next = withRows(SHEET, 0, 3);
  expect(stillTrue(findingsIn(SHEET, FAULTS, "fault"), SHEET, next)).toHaveLength(4);
});
