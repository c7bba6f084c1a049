import { describe, expect, it } from "vitest";
import {
  type Sheet,
  blankSheet,
  csvOf,
  filledDown,
  sampleCount,
  textOf,
  withArea,
  withBlock,
  withRows,
  withoutColumn,
  withoutRows,
} from "../../../src/rules/sheet/sheet.ts";

const SHEET: Sheet = { columns: ["sample", "fastq_1", "cells"], rows: [["a", "1", ""], ["b", "2", ""], ["", "", ""]] };

describe("a block of cells", () => {
  it("replaces cells and leaves the old sheet alone", () => {
    const next = withBlock(SHEET, { row: 1, column: 1 }, [["x", "y"]]);
    expect(next.rows[1]).toEqual(["b", "x", "y"]);
    expect(SHEET.rows[1]).toEqual(["b", "2", ""]);
    expect(next.rows[0]).toBe(SHEET.rows[0]);
  });

  it("adds the rows and columns it needs", () => {
    const next = withBlock(SHEET, { row: 2, column: 2 }, [["x", "y"], ["z"]]);
    expect(next.columns).toEqual(["sample", "fastq_1", "cells", ""]);
    expect(next.rows.slice(2)).toEqual([["", "", "x", "y"], ["", "", "z", ""]]);
  });
});

describe("filling down", () => {
  it("copies the first row of the area", () => {
    const area = { top: 0, left: 0, bottom: 2, right: 1 };
    expect(filledDown(SHEET, area).rows).toEqual([["a", "1", ""], ["a", "1", ""], ["a", "1", ""]]);
  });

  it("copies from above into a single row, and from nowhere into the first", () => {
    expect(filledDown(SHEET, { top: 2, left: 0, bottom: 2, right: 0 }).rows[2]).toEqual(["b", "", ""]);
    expect(filledDown(SHEET, { top: 0, left: 0, bottom: 0, right: 0 })).toBe(SHEET);
  });
});

it("adds and removes rows, and keeps one", () => {
  expect(withRows(SHEET, 1, 2).rows.map((row) => row[0])).toEqual(["a", "", "", "b", ""]);
  expect(withoutRows(SHEET, 0, 1).rows).toEqual([["", "", ""]]);
  expect(withoutRows(SHEET, 0, 9).rows).toEqual([["", "", ""]]);
});

it("removes a column with its cells", () => {
  expect(withoutColumn(SHEET, 1)).toEqual({ columns: ["sample", "cells"], rows: [["a", ""], ["b", ""], ["", ""]] });
});

it("clears an area", () => {
  expect(withArea(SHEET, { top: 0, left: 0, bottom: 1, right: 0 }, () => "").rows[1]).toEqual(["", "2", ""]);
});

it("copies an area as Excel reads it", () => {
  expect(textOf(SHEET, { top: 0, left: 0, bottom: 1, right: 1 }, "\t")).toBe("a\t1\nb\t2\n");
});

it("counts rows with the same name as one sample", () => {
  const lanes = { columns: ["sample"], rows: [["a"], [" a "], ["b"], [""]] };
  expect(sampleCount(lanes, "sample")).toBe(2);
});

describe("the text that is sent", () => {
  it("lacks blank rows at the end and blank optional columns", () => {
    expect(csvOf(SHEET, new Set(["cells"]))).toBe("sample,fastq_1\na,1\nb,2\n");
  });

  it("keeps a blank row above others, so that the API numbers rows as the grid does", () => {
    const sheet = { columns: ["sample", "fastq_1"], rows: [["a", "1"], ["", ""], ["b", "2"]] };
    expect(csvOf(sheet, new Set())).toBe("sample,fastq_1\na,1\n\nb,2\n");
  });

  it("of a blank sheet is its header", () => {
    expect(csvOf(blankSheet(["sample", "fastq_1"]), new Set())).toBe("sample,fastq_1\n");
  });
});
