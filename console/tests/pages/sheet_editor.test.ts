import { describe, expect, it } from "vitest";
import { SheetEditor } from "../../src/pages/new/grid/editor.ts";
import { pressed } from "../../src/pages/new/grid/keys.ts";
import { findingsIn } from "../../src/rules/sheet/findings.ts";
import { selectionAt } from "../../src/rules/sheet/selection.ts";

const KNOWN = ["sample", "fastq_1", "cells"];

function editorWith(...rows: string[][]): SheetEditor {
  const editor = new SheetEditor();
  editor.open({ columns: ["sample", "fastq_1"], rows });
  editor.knowColumns(KNOWN, ["sample", "fastq_1"]);
  return editor;
}

function press(editor: SheetEditor, key: string, more: { ctrlKey?: boolean; shiftKey?: boolean } = {}): boolean {
  const event = { key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more } as KeyboardEvent;
  return pressed(editor, event, 10);
}

describe("typing", () => {
  it("starts with the key and ends in the cell it started in", () => {
    const editor = editorWith(["a", "1"], ["b", "2"]);
    expect(press(editor, "x")).toBe(true);
    expect(editor.typing.value).toBe("x");
    editor.enter({ row: 0, column: 0 }, "xy", { down: 1, right: 0 });
    expect(editor.sheet.value.rows).toEqual([["xy", "1"], ["b", "2"]]);
    expect(editor.selection.value).toEqual(selectionAt(1, 0));
  });

  it("in the last row adds a row, and what was not changed makes no step", () => {
    const editor = editorWith(["a", "1"]);
    editor.enter({ row: 0, column: 1 }, "2", { down: 1, right: 0 });
    expect(editor.sheet.value.rows).toEqual([["a", "2"], ["", ""]]);
    editor.undo();
    editor.enter({ row: 0, column: 0 }, "a", { down: 0, right: 1 });
    expect(editor.canUndo.value).toBe(false);
  });
});

describe("a key", () => {
  it("undoes and does again", () => {
    const editor = editorWith(["a", "1"]);
    press(editor, "Delete");
    press(editor, "z", { ctrlKey: true });
    expect(editor.sheet.value.rows[0]).toEqual(["a", "1"]);
    press(editor, "Z", { ctrlKey: true, shiftKey: true });
    expect(editor.sheet.value.rows[0]).toEqual(["", "1"]);
  });

  it("fills down and removes rows", () => {
    const editor = editorWith(["a", "1"], ["b", "2"], ["c", "3"]);
    press(editor, "ArrowDown", { shiftKey: true });
    press(editor, "d", { ctrlKey: true });
    expect(editor.sheet.value.rows.map(([first]) => first)).toEqual(["a", "a", "c"]);
    press(editor, "-", { ctrlKey: true });
    expect(editor.sheet.value.rows).toEqual([["c", "3"]]);
  });

  it("that is none of the grid's is left to the browser", () => {
    const editor = editorWith(["a", "1"]);
    expect(press(editor, "Tab")).toBe(false);
    expect(press(editor, "c", { ctrlKey: true })).toBe(false);
  });
});

it("keeps the selection inside the sheet when rows go", () => {
  const editor = editorWith(["a", "1"], ["b", "2"]);
  editor.select(selectionAt(1, 1));
  editor.removeRows();
  expect(editor.selection.value.active.row).toBe(0);
});

it("forgets the fault of a cell that was changed", () => {
  const editor = editorWith(["a b", "1"]);
  const fault = { field: "samplesheet_csv", row: 2, column: "sample", message: "has a space" };
  editor.findings.value = findingsIn(editor.sheet.value, [fault], "fault");
  editor.enter({ row: 0, column: 0 }, "ab", null);
  expect(editor.findings.value).toEqual([]);
});

it("gives a blank sheet the columns of another release, and leaves one with samples alone", () => {
  const blank = editorWith(["", ""]);
  blank.knowColumns(["id", "reads"], ["id", "reads"]);
  expect(blank.sheet.value.columns).toEqual(["id", "reads"]);
  const filled = editorWith(["a", "1"]);
  filled.knowColumns(["id", "reads"], ["id", "reads"]);
  expect(filled.sheet.value.columns).toEqual(["sample", "fastq_1"]);
});
