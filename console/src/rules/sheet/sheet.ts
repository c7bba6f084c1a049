/** A samplesheet as the grid has it. Rows are never changed, only replaced, so that an old sheet shares them. */

import { type Separator, writeRows } from "./text.ts";

export type Row = readonly string[];

export interface Sheet {
  readonly columns: readonly string[];
  /** Each is as long as `columns`. */
  readonly rows: readonly Row[];
}

export interface Cell {
  readonly row: number;
  readonly column: number;
}

/** A rectangle of cells; both ends belong to it. */
export interface Area {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

export const BLANK_ROWS = 8;

export function blankSheet(columns: readonly string[], rows = BLANK_ROWS): Sheet {
  return { columns, rows: Array.from({ length: rows }, () => columns.map(() => "")) };
}

/** The number of a row as spreadsheets and the API have it: the names of the columns are row 1. */
export function rowNumber(index: number): number {
  return index + 2;
}

export function isBlankRow(row: Row): boolean {
  return row.every((cell) => cell.trim() === "");
}

export function isBlank(sheet: Sheet): boolean {
  return sheet.rows.every(isBlankRow);
}

/** The number of rows up to the last that has something in it. */
export function filledRows(sheet: Sheet): number {
  let count = sheet.rows.length;
  while (count > 0 && isBlankRow(sheet.rows[count - 1] ?? [])) count -= 1;
  return count;
}

/** The number of different samples; rows with the same name are lanes of one sample. */
export function sampleCount(sheet: Sheet, sampleColumn: string): number {
  const index = sheet.columns.indexOf(sampleColumn);
  const names = new Set(sheet.rows.map((row) => row[index]?.trim() ?? ""));
  names.delete("");
  return names.size;
}

/** Cells replaced by a block whose first cell is at `at`; rows and columns are added where it does not fit. */
export function withBlock(sheet: Sheet, at: Cell, block: readonly Row[]): Sheet {
  const width = block.reduce((widest, row) => Math.max(widest, row.length), 0);
  const wide = widened(sheet, at.column + width);
  const rows = wide.rows.slice();
  while (rows.length < at.row + block.length) rows.push(wide.columns.map(() => ""));
  block.forEach((cells, index) => {
    const row = (rows[at.row + index] ?? []).slice();
    for (let column = 0; column < cells.length; column++) row[at.column + column] = cells[column] ?? "";
    rows[at.row + index] = row;
  });
  return { columns: wide.columns, rows };
}

function widened(sheet: Sheet, width: number): Sheet {
  const more = Array.from({ length: Math.max(0, width - sheet.columns.length) }, () => "");
  if (more.length === 0) return sheet;
  return { columns: [...sheet.columns, ...more], rows: sheet.rows.map((row) => [...row, ...more]) };
}

/** All cells of an area changed at once. */
export function withArea(sheet: Sheet, area: Area, change: (row: number, column: number) => string): Sheet {
  const rows = sheet.rows.slice();
  for (let index = area.top; index <= area.bottom && index < rows.length; index++) {
    const row = (rows[index] ?? []).slice();
    for (let column = area.left; column <= area.right; column++) row[column] = change(index, column);
    rows[index] = row;
  }
  return { ...sheet, rows };
}

/** The first row of an area copied to all below it. A single row takes what is above it, as in Excel. */
export function filledDown(sheet: Sheet, area: Area): Sheet {
  const from = area.top === area.bottom ? area.top - 1 : area.top;
  const source = sheet.rows[from];
  return source ? withArea(sheet, area, (_, column) => source[column] ?? "") : sheet;
}

export function textOf(sheet: Sheet, area: Area, separator: Separator): string {
  const rows = sheet.rows.slice(area.top, area.bottom + 1);
  return writeRows(rows.map((row) => row.slice(area.left, area.right + 1)), separator);
}

export function withRows(sheet: Sheet, before: number, count: number): Sheet {
  const added = Array.from({ length: count }, () => sheet.columns.map(() => ""));
  return { ...sheet, rows: [...sheet.rows.slice(0, before), ...added, ...sheet.rows.slice(before)] };
}

/** A sheet without some rows; it keeps at least one. */
export function withoutRows(sheet: Sheet, top: number, bottom: number): Sheet {
  const rows = [...sheet.rows.slice(0, top), ...sheet.rows.slice(bottom + 1)];
  return rows.length > 0 ? { ...sheet, rows } : blankSheet(sheet.columns, 1);
}

export function withColumn(sheet: Sheet, name: string): Sheet {
  return { columns: [...sheet.columns, name], rows: sheet.rows.map((row) => [...row, ""]) };
}

export function withoutColumn(sheet: Sheet, index: number): Sheet {
  const others = <T>(values: readonly T[]): T[] => values.filter((_, position) => position !== index);
  return { columns: others(sheet.columns), rows: sheet.rows.map(others) };
}

export function renamed(sheet: Sheet, index: number, name: string): Sheet {
  return { ...sheet, columns: sheet.columns.map((old, position) => (position === index ? name : old)) };
}

/**
 * The sheet as it is sent: without blank rows at the end and without those columns of `optional` that are blank. Blank
 * rows above are kept, so that the text has the row numbers of the grid.
 */
export function csvOf(sheet: Sheet, optional: ReadonlySet<string>): string {
  const rows = sheet.rows.slice(0, filledRows(sheet));
  const kept = sheet.columns.flatMap((name, index) => {
    const isNeeded = name !== "" && !optional.has(name);
    return isNeeded || rows.some((row) => row[index]?.trim()) ? [index] : [];
  });
  const chosen = (row: Row): Row => kept.map((index) => row[index] ?? "");
  return writeRows([chosen(sheet.columns), ...rows.map((row) => (isBlankRow(row) ? [] : chosen(row)))], ",");
}
