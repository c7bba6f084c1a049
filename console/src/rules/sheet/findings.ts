/** What a check found in the sheet, kept with the rows themselves, so that it moves with them. */

import type { Fault } from "../../api/errors.ts";
import type { Row, Sheet } from "./sheet.ts";

export interface Finding {
  readonly tone: "fault" | "warning";
  readonly message: string;
  /** The column's name; null when it is about the whole row or sheet. */
  readonly column: string | null;
  /** The row it was found in; "header" for the names of the columns, null for the whole sheet. */
  readonly row: Row | "header" | null;
}

const FIELD = "samplesheet_csv";
const HEADER_ROW = 1;

/** The findings about the sheet among all. The text that was checked has the header in row 1. */
export function findingsIn(sheet: Sheet, faults: readonly Fault[], tone: Finding["tone"]): Finding[] {
  return faults
    .filter(({ field }) => field === FIELD)
    .map(({ message, row, column }) => ({ tone, message, column: column ?? null, row: rowOf(sheet, row ?? null) }));
}

function rowOf(sheet: Sheet, number: number | null): Finding["row"] {
  if (number === null) return null;
  return number === HEADER_ROW ? "header" : (sheet.rows[number - HEADER_ROW - 1] ?? null);
}

/** What is still true of `after`: a cell that was changed since may be right now, and has to be checked again. */
export function stillTrue(findings: readonly Finding[], before: Sheet, after: Sheet): readonly Finding[] {
  if (findings.length === 0 || before === after) return findings;
  const sameColumns = before.columns === after.columns;
  const present = new Set(after.rows);
  const successors = before.rows.length === after.rows.length ? successorsOf(before, after) : new Map<Row, Row>();
  return findings.flatMap((finding) => {
    const { row, column } = finding;
    if (row === null || row === "header") return row === null || sameColumns ? [finding] : [];
    if (present.has(row)) return [finding];
    const successor = successors.get(row);
    const index = column === null ? -1 : before.columns.indexOf(column);
    if (!successor || !sameColumns || index < 0 || row[index] !== successor[index]) return [];
    return [{ ...finding, row: successor }];
  });
}

function successorsOf(before: Sheet, after: Sheet): Map<Row, Row> {
  const successors = new Map<Row, Row>();
  before.rows.forEach((row, index) => {
    const next = after.rows[index];
    if (next && next !== row) successors.set(row, next);
  });
  return successors;
}

/** The findings of each row, for drawing. */
export function byRow(findings: readonly Finding[]): ReadonlyMap<Row | "header", readonly Finding[]> {
  const found = new Map<Row | "header", Finding[]>();
  for (const finding of findings) {
    if (finding.row === null) continue;
    const others = found.get(finding.row);
    if (others) others.push(finding);
    else found.set(finding.row, [finding]);
  }
  return found;
}
