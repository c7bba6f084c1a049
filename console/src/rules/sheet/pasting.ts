/** What a pasted text or a chosen file does to the sheet. */

import { type Area, type Row, type Sheet, filledRows, isBlank, isBlankRow, withArea, withBlock } from "./sheet.ts";
import { readRows, separatorIn } from "./text.ts";

export interface Pasted {
  readonly sheet: Sheet;
  /** Where the new cells are; null when there was nothing to paste. */
  readonly area: Area | null;
}

/** A name as one compares it with those of the columns: `Fastq 1` is fastq_1. The API does the same. */
function folded(name: string): string {
  return name.trim().toLowerCase().replaceAll(/[ -]/g, "_");
}

/** The names in a first row, as the columns are written, if the row is a header: it has a known name and none twice. */
export function headerIn(first: Row, known: readonly string[]): string[] | null {
  const names = new Map(known.map((name) => [folded(name), name]));
  const found = first.map((cell) => names.get(folded(cell)));
  const matched = found.filter((name) => name !== undefined);
  if (matched.length === 0 || new Set(matched).size < matched.length) return null;
  return first.map((cell, index) => found[index] ?? cell.trim());
}

/**
 * The sheet after a text was pasted over `area`. A text with a header fills a blank sheet, or adds its rows to those
 * that are there, by the names of its columns. Any other text goes where the cursor is; a single value fills the area.
 */
export function pasted(sheet: Sheet, area: Area, text: string, known: readonly string[]): Pasted {
  const rows = readRows(text, separatorIn(text, sheet.columns.length));
  const [first] = rows;
  if (!first) return { sheet, area: null };
  const isOneValue = rows.length === 1 && first.length === 1;
  if (isOneValue) return { sheet: withArea(sheet, area, () => first[0] ?? ""), area };
  const header = headerIn(first, known);
  if (header) return withTable(sheet, header, rows.slice(1));
  const { top, left } = area;
  const to = { top, left, bottom: top + rows.length - 1, right: left + widestOf(rows) - 1 };
  return { sheet: withBlock(sheet, { row: top, column: left }, rows), area: to };
}

/** The sheet with a whole table: as its content when it is blank, else below its rows. Blank rows are left out. */
export function withTable(sheet: Sheet, header: Row, rows: readonly Row[]): Pasted {
  const table = rows.filter((row) => !isBlankRow(row));
  if (table.length === 0) return { sheet, area: null };
  const names = namesFor(header, table);
  const kept = isBlank(sheet) ? [] : sheet.rows.slice(0, filledRows(sheet));
  const { columns, sources } = kept.length > 0 ? columnsBelow(sheet.columns, names) : columnsOfNew(sheet.columns, names);
  const added = table.map((row) => sources.map((source) => row[source] ?? ""));
  const old = kept.map((row) => columns.map((_, index) => row[index] ?? ""));
  const area = { top: old.length, left: 0, bottom: old.length + added.length - 1, right: columns.length - 1 };
  return { sheet: { columns, rows: [...old, ...added] }, area };
}

/** A name for each column of a table; none for cells beyond the header, and without such columns that are blank. */
function namesFor(header: Row, table: readonly Row[]): string[] {
  const names = [...header];
  while (names.length < widestOf(table)) names.push("");
  while (names.at(-1) === "" && !table.some((row) => row[names.length - 1]?.trim())) names.pop();
  return names;
}

interface Columns {
  readonly columns: readonly string[];
  /** For each of them its position in the table; -1 when the table lacks it. */
  readonly sources: readonly number[];
}

function columnsOfNew(known: readonly string[], names: readonly string[]): Columns {
  const columns = [...names, ...known.filter((name) => name !== "" && !names.includes(name))];
  return { columns, sources: columns.map((_, index) => (index < names.length ? index : -1)) };
}

function columnsBelow(old: readonly string[], names: readonly string[]): Columns {
  const more = names.flatMap((name, index) => (name === "" || !old.includes(name) ? [index] : []));
  const columns = [...old, ...more.map((index) => names[index] ?? "")];
  return { columns, sources: [...old.map((name) => (name === "" ? -1 : names.indexOf(name))), ...more] };
}

function widestOf(rows: readonly Row[]): number {
  return rows.reduce((widest, row) => Math.max(widest, row.length), 0);
}
