import { describe, expect, it } from "vitest";
import { headerIn, pasted } from "../../../src/rules/sheet/pasting.ts";
import { type Sheet, blankSheet } from "../../../src/rules/sheet/sheet.ts";

const KNOWN = ["sample", "fastq_1", "fastq_2", "expected_cells"];
const COLUMNS = ["sample", "fastq_1", "fastq_2"];
const CORNER = { top: 0, left: 0, bottom: 0, right: 0 };

describe("a header", () => {
  it("is known by its names, however they are written", () => {
    expect(headerIn(["Sample", "FASTQ 1", "fastq-2", "Comment"], KNOWN)).toEqual(["sample", "fastq_1", "fastq_2", "Comment"]);
  });

  it("is not a row of values, nor one with a name twice", () => {
    expect(headerIn(["s1", "gs://a"], KNOWN)).toBeNull();
    expect(headerIn(["sample", "Sample"], KNOWN)).toBeNull();
  });
});

describe("pasting", () => {
  it("fills a blank sheet with a table, in the order of its columns, and keeps those it lacks", () => {
    const { sheet } = pasted(blankSheet(COLUMNS), CORNER, "fastq_1\tSample\tNote\r\ngs://1\ts1\thello\r\n", KNOWN);
    expect(sheet).toEqual({ columns: ["fastq_1", "sample", "Note", "fastq_2"], rows: [["gs://1", "s1", "hello", ""]] });
  });

  it("adds a table to a sheet with rows by the names of its columns", () => {
    const old: Sheet = { columns: COLUMNS, rows: [["s0", "a", "b"], ["", "", ""]] };
    const { sheet, area } = pasted(old, CORNER, "fastq_2,sample,expected_cells\nd,s1,500\n", KNOWN);
    expect(sheet.columns).toEqual([...COLUMNS, "expected_cells"]);
    expect(sheet.rows).toEqual([["s0", "a", "b", ""], ["s1", "", "d", "500"]]);
    expect(area).toEqual({ top: 1, left: 0, bottom: 1, right: 3 });
  });

  it("puts values without a header where the cursor is", () => {
    const { sheet, area } = pasted(blankSheet(COLUMNS, 2), { top: 1, left: 1, bottom: 1, right: 1 }, "a\tb\nc\td\n", KNOWN);
    expect(sheet.rows).toEqual([["", "", ""], ["", "a", "b"], ["", "c", "d"]]);
    expect(area).toEqual({ top: 1, left: 1, bottom: 2, right: 2 });
  });

  it("fills the whole selection with a single value", () => {
    const { sheet } = pasted(blankSheet(COLUMNS, 2), { top: 0, left: 0, bottom: 1, right: 1 }, "x", KNOWN);
    expect(sheet.rows).toEqual([["x", "x", ""], ["x", "x", ""]]);
  });

  it("gives cells beyond the header a column without a name, so that nothing is lost", () => {
    const { sheet } = pasted(blankSheet(COLUMNS), CORNER, "sample,fastq_1\ns1,a,lost?\ns2\n", KNOWN);
    expect(sheet.columns).toEqual(["sample", "fastq_1", "", "fastq_2"]);
    expect(sheet.rows).toEqual([["s1", "a", "lost?", ""], ["s2", "", "", ""]]);
  });

  it("leaves out blank rows of a table and nameless blank columns", () => {
    const { sheet } = pasted(blankSheet(COLUMNS), CORNER, "sample,fastq_1,fastq_2,,\n,,,,\ns1,a,b,,\n,,,,\n", KNOWN);
    expect(sheet).toEqual({ columns: COLUMNS, rows: [["s1", "a", "b"]] });
  });

  it("changes nothing when there is nothing to paste", () => {
    const sheet = blankSheet(COLUMNS);
    expect(pasted(sheet, CORNER, "", KNOWN)).toEqual({ sheet, area: null });
    expect(pasted(sheet, CORNER, "sample\tfastq_1\n", KNOWN)).toEqual({ sheet, area: null });
  });
});
