import type { LogEntry } from "../../../generated/api.ts";

/** The entries of a log that the page holds: some of all, in the order of their numbers. */
export interface LogBuffer {
  readonly entries: readonly LogEntry[];
  /** Whether the log has entries before the first or after the last one held. */
  readonly hasEarlier: boolean;
  readonly hasLater: boolean;
}

export const MOST_ENTRIES = 5_000;
export const MOST_CHARACTERS = 16_000_000;
export const EMPTY_BUFFER: LogBuffer = { entries: [], hasEarlier: false, hasLater: false };

/** With entries at the end. One that is held already is replaced: an open entry grows. The first ones make room. */
export function appended(buffer: LogBuffer, more: readonly LogEntry[], hasLater = buffer.hasLater): LogBuffer {
  const entries = [...buffer.entries];
  for (const entry of more) put(entries, entry);
  const keep = fitting(entries.toReversed());
  return {
    entries: entries.slice(entries.length - keep),
    hasEarlier: buffer.hasEarlier || keep < entries.length,
    hasLater,
  };
}

/** With entries before the first; the last ones make room, and are then loaded again when they are wanted. */
export function prepended(buffer: LogBuffer, more: readonly LogEntry[], hasEarlier: boolean): LogBuffer {
  const first = buffer.entries[0]?.number ?? Number.POSITIVE_INFINITY;
  const entries = [...more.filter((entry) => entry.number < first), ...buffer.entries];
  const keep = fitting(entries);
  return { entries: entries.slice(0, keep), hasEarlier, hasLater: buffer.hasLater || keep < entries.length };
}

/** Where an entry is in the buffer, or -1. */
export function indexOfEntry(entries: readonly LogEntry[], number: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.number ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  return entries[low]?.number === number ? low : -1;
}

function put(entries: LogEntry[], entry: LogEntry): void {
  const last = entries.at(-1);
  if (!last || entry.number > last.number) entries.push(entry);
  else {
    const index = indexOfEntry(entries, entry.number);
    if (index !== -1) entries[index] = entry;
  }
}

/** How many of these entries, from the first on, may be held; one at least. */
function fitting(entries: readonly LogEntry[]): number {
  let characters = 0;
  for (const [index, entry] of entries.entries()) {
    characters += entry.message.length;
    if (index >= MOST_ENTRIES || (index > 0 && characters > MOST_CHARACTERS)) return index;
  }
  return entries.length;
}
