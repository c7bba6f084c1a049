/** Which cells are selected, and how the keys move that. */

import type { Area, Cell } from "./sheet.ts";

export interface Selection {
  /** The cell that is typed into. */
  readonly active: Cell;
  /** The other corner. */
  readonly anchor: Cell;
}

export interface Extent {
  readonly rows: number;
  readonly columns: number;
  /** Rows that are seen at once. */
  readonly page: number;
}

export interface Press {
  readonly key: string;
  /** Ctrl, or Command on a Mac. */
  readonly command: boolean;
  readonly shift: boolean;
}

export function selectionAt(row: number, column: number): Selection {
  return { active: { row, column }, anchor: { row, column } };
}

export function selectionOf(area: Area): Selection {
  return { active: { row: area.top, column: area.left }, anchor: { row: area.bottom, column: area.right } };
}

export function areaOf({ active, anchor }: Selection): Area {
  return {
    top: Math.min(active.row, anchor.row),
    left: Math.min(active.column, anchor.column),
    bottom: Math.max(active.row, anchor.row),
    right: Math.max(active.column, anchor.column),
  };
}

export function contains(area: Area, row: number, column: number): boolean {
  return row >= area.top && row <= area.bottom && column >= area.left && column <= area.right;
}

export function within(selection: Selection, extent: Extent): Selection {
  return { active: clamped(selection.active, extent), anchor: clamped(selection.anchor, extent) };
}

function clamped(cell: Cell, { rows, columns }: Extent): Cell {
  return {
    row: Math.min(Math.max(0, cell.row), Math.max(0, rows - 1)),
    column: Math.min(Math.max(0, cell.column), Math.max(0, columns - 1)),
  };
}

/** The selection after a key; null when the key does not move it. With Shift the anchor stays. */
export function afterKey(selection: Selection, press: Press, extent: Extent): Selection | null {
  if (press.command && press.key.toLowerCase() === "a") {
    return within({ active: { row: 0, column: 0 }, anchor: { row: extent.rows, column: extent.columns } }, extent);
  }
  const target = targetOf(selection.active, press, extent);
  if (!target) return null;
  const active = clamped(target, extent);
  return { active, anchor: press.shift ? selection.anchor : active };
}

function targetOf({ row, column }: Cell, { key, command }: Press, { rows, columns, page }: Extent): Cell | null {
  switch (key) {
    case "ArrowUp":
      return { row: command ? 0 : row - 1, column };
    case "ArrowDown":
      return { row: command ? rows - 1 : row + 1, column };
    case "ArrowLeft":
      return { row, column: command ? 0 : column - 1 };
    case "ArrowRight":
      return { row, column: command ? columns - 1 : column + 1 };
    case "PageUp":
      return { row: row - page, column };
    case "PageDown":
      return { row: row + page, column };
    case "Home":
      return { row: command ? 0 : row, column: 0 };
    case "End":
      return { row: command ? rows - 1 : row, column: columns - 1 };
    default:
      return null;
  }
}

/** The rows of a window of fixed height, with some above and below so that scrolling shows no gaps. */
export function rowsInView(scrollTop: number, height: number, rowHeight: number, rows: number): { first: number; end: number } {
  const spare = 6;
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - spare);
  const end = Math.min(rows, Math.ceil((scrollTop + height) / rowHeight) + spare);
  return { first: Math.min(first, end), end };
}
