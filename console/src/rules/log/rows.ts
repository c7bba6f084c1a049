import type { LogEntry } from "../../../generated/api.ts";

/** An entry is drawn as rows of equal height: a row for each line, or, wrapped, for each `columns` characters of a line. */
export type Columns = number | null;

const MOST_ROWS = 2_000; // of one entry
const LONGEST_ROW = 4_000; // characters; without wrapping, a longer line is cut

export interface LogRow {
  readonly entry: LogEntry;
  /** 0 for the first row of an entry. */
  readonly line: number;
}

interface Cut {
  readonly columns: Columns;
  /** Begin and end of each row in the message, in turn. */
  readonly places: Int32Array;
}

const cuts = new WeakMap<LogEntry, Cut>();

/** The first row of each entry; the last number is the number of all rows. */
export function startsOf(entries: readonly LogEntry[], columns: Columns): Int32Array {
  const starts = new Int32Array(entries.length + 1);
  for (const [index, entry] of entries.entries()) {
    starts[index + 1] = (starts[index] ?? 0) + placesOf(entry, columns).length / 2;
  }
  return starts;
}

/** Which entry, and which row of it, is at a row of the whole. */
export function rowAt(entries: readonly LogEntry[], starts: Int32Array, row: number): LogRow | null {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle + 1] ?? 0) <= row) low = middle + 1;
    else high = middle;
  }
  const entry = entries[low];
  return entry ? { entry, line: row - (starts[low] ?? 0) } : null;
}

/** The text of a row, and how many characters of its line are not shown. */
export function textOf({ entry, line }: LogRow, columns: Columns): { text: string; hidden: number } {
  const places = placesOf(entry, columns);
  const from = places[2 * line] ?? 0;
  const to = places[2 * line + 1] ?? 0;
  const isCutShort = places.length === 2 * MOST_ROWS && 2 * line + 2 === places.length;
  const shown = Math.min(to, from + LONGEST_ROW);
  return { text: entry.message.slice(from, shown), hidden: (isCutShort ? entry.message.length : to) - shown };
}

function placesOf(entry: LogEntry, columns: Columns): Int32Array {
  const known = cuts.get(entry);
  if (known && known.columns === columns) return known.places;
  const places = Int32Array.from(cut(entry.message, columns ?? Number.POSITIVE_INFINITY));
  cuts.set(entry, { columns, places });
  return places;
}

function cut(message: string, columns: number): number[] {
  const places: number[] = [];
  for (let from = 0; from <= message.length && places.length < 2 * MOST_ROWS; ) {
    const newline = message.indexOf("\n", from);
    const end = newline === -1 ? message.length : newline;
    do {
      places.push(from, Math.min(end, from + columns));
      from = Math.min(end, from + columns);
    } while (from < end && places.length < 2 * MOST_ROWS);
    from = end + 1;
  }
  return places;
}
