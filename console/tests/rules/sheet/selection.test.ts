import { describe, expect, it } from "vitest";
import { afterKey, areaOf, rowsInView, selectionAt, within } from "../../../src/rules/sheet/selection.ts";

const EXTENT = { rows: 100, columns: 3, page: 20 };
const press = (key: string, more: { command?: boolean; shift?: boolean } = {}) => ({ key, command: false, shift: false, ...more });

describe("a key", () => {
  it.each([
    ["ArrowDown", {}, { row: 6, column: 1 }],
    ["ArrowUp", { command: true }, { row: 0, column: 1 }],
    ["ArrowRight", { command: true }, { row: 5, column: 2 }],
    ["PageDown", {}, { row: 25, column: 1 }],
    ["PageUp", {}, { row: 0, column: 1 }],
    ["Home", {}, { row: 5, column: 0 }],
    ["End", { command: true }, { row: 99, column: 2 }],
  ])("%s with %j moves to %j", (key, more, active) => {
    expect(afterKey(selectionAt(5, 1), press(key, more), EXTENT)?.active).toEqual(active);
  });

  it("with Shift keeps the anchor", () => {
    const selection = afterKey(selectionAt(5, 1), press("ArrowDown", { shift: true }), EXTENT);
    expect(selection && areaOf(selection)).toEqual({ top: 5, left: 1, bottom: 6, right: 1 });
  });

  it("selects all with Ctrl-A", () => {
    const selection = afterKey(selectionAt(5, 1), press("a", { command: true }), EXTENT);
    expect(selection && areaOf(selection)).toEqual({ top: 0, left: 0, bottom: 99, right: 2 });
  });

  it("that types moves nothing", () => {
    expect(afterKey(selectionAt(5, 1), press("a"), EXTENT)).toBeNull();
  });
});

it("brings a selection back into a sheet that has shrunk", () => {
  expect(within(selectionAt(200, 9), EXTENT).active).toEqual({ row: 99, column: 2 });
});

it("shows only the rows in view, and some around them", () => {
  expect(rowsInView(3_000, 300, 30, 100_000)).toEqual({ first: 94, end: 116 });
  expect(rowsInView(0, 300, 30, 4)).toEqual({ first: 0, end: 4 });
  expect(rowsInView(9_000, 300, 30, 4)).toEqual({ first: 4, end: 4 });
});
