import { expect, test } from "vitest";
import type { LogEntry } from "../../generated/api.ts";
import { EMPTY_BUFFER, MOST_ENTRIES, appended, indexOfEntry, prepended } from "../../src/rules/log/buffer.ts";
import { afterScroll, newEntries } from "../../src/rules/log/follow.ts";
import { rowAt, startsOf, textOf } from "../../src/rules/log/rows.ts";

const entry = (number: number, message = `line ${number}`, open = false): LogEntry => ({
  number, message, open, timestamp: null, source: "nextflow", level: "INFO", logger: null, thread: null, task_name: null, stream: null,
});
const range = (from: number, to: number): LogEntry[] => Array.from({ length: to - from }, (_, index) => entry(from + index));
const numbers = (entries: readonly LogEntry[]): number[] => entries.map(({ number }) => number);

test("an open entry is replaced by what it grew to, and comes once", () => {
  const first = appended(EMPTY_BUFFER, [entry(0), entry(1, "half", true)]);
  const grown = appended(first, [entry(1, "half and more", true), entry(1, "whole"), entry(2)]);
  expect(grown.entries.map(({ message }) => message)).toEqual(["line 0", "whole", "line 2"]);
});

test("entries before the first that is held are not put at the end", () => {
  expect(numbers(appended({ ...EMPTY_BUFFER, entries: range(5, 7) }, [entry(2), entry(7)]).entries)).toEqual([5, 6, 7]);
});

test("new entries push out the first, earlier ones push out the last", () => {
  const full = appended(EMPTY_BUFFER, range(1_000, 1_000 + MOST_ENTRIES));
  const later = appended(full, range(6_000, 6_010));
  expect([later.entries.length, later.entries[0]?.number, later.hasEarlier]).toEqual([MOST_ENTRIES, 1_010, true]);
  const earlier = prepended(full, range(500, 1_000), true);
  expect([earlier.entries.length, earlier.entries.at(-1)?.number, earlier.hasLater]).toEqual([MOST_ENTRIES, 5_499, true]);
});

test("a few enormous entries are held in place of many", () => {
  const huge = "x".repeat(9_000_000);
  expect(numbers(appended(EMPTY_BUFFER, [entry(0, huge), entry(1, huge), entry(2)]).entries)).toEqual([1, 2]);
});

test("an entry is found by its number, also where numbers are missing", () => {
  const entries = [entry(3), entry(9), entry(40)];
  expect([3, 9, 40, 10, 99].map((number) => indexOfEntry(entries, number))).toEqual([0, 1, 2, -1, -1]);
});

test("a row is a line, or as many characters as fit", () => {
  const entries = [entry(0, "ab\ncdefg\n"), entry(1, "")];
  const rows = (columns: number | null): string[] => {
    const starts = startsOf(entries, columns);
    return Array.from({ length: starts.at(-1) ?? 0 }, (_, row) => {
      const found = rowAt(entries, starts, row);
      return found ? `${found.entry.number}:${textOf(found, columns).text}` : "none";
    });
  };
  expect(rows(null)).toEqual(["0:ab", "0:cdefg", "0:", "1:"]);
  expect(rows(3)).toEqual(["0:ab", "0:cde", "0:fg", "0:", "1:"]);
});

test("a line of 1 MB is cut, and says how much is hidden", () => {
  const entries = [entry(0, "x".repeat(1_048_576))];
  const single = rowAt(entries, startsOf(entries, null), 0);
  expect(single && textOf(single, null)).toEqual({ text: "x".repeat(4_000), hidden: 1_044_576 });
  const starts = startsOf(entries, 100);
  expect(starts.at(-1)).toBe(2_000);
  const last = rowAt(entries, starts, 1_999);
  expect(last && textOf(last, 100).hidden).toBe(1_048_576 - 200_000);
});

test("scrolling up stops following and counts what comes; the end starts it again", () => {
  const up = afterScroll({ isFollowing: true, seen: 10 }, false, 10);
  expect(newEntries(up, 22)).toBe(12);
  expect(newEntries(afterScroll(up, false, 22), 30)).toBe(20);
  expect(afterScroll(up, true, 30)).toEqual({ isFollowing: true, seen: 30 });
});
