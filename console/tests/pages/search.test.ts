import { expect, test } from "vitest";
import type { SearchHit } from "../../generated/api.ts";
import { type Search, askedOf, hasWord, marked, placeOf, searchAddress, searchIn } from "../../src/pages/search/selection.ts";

const FIRST = searchIn(new URLSearchParams());
const read = (address: string): Search => searchIn(new URL(address, "https://sluice.lab").searchParams);
const HIT = { run_id: "run-1a2b3c4d", source: "log", entry: 12, task_id: null } as SearchHit;

test.each<Partial<Search>>([
  { words: "STAR_ALIGN & <b>", cause: "out_of_memory" },
  { words: "ü", everybody: true, cursor: "b64==" },
])("a search survives its address: %j", (changes) => {
  const search = { ...FIRST, ...changes };
  expect(read(searchAddress(search))).toEqual(search);
});

test("what the address says wrongly is left out", () => {
  expect(read("/search?cause=bad_luck&whose=me")).toEqual(FIRST);
  expect(read("/search?cause=toString")).toEqual(FIRST);
});

test("signs alone are not searched for", () => {
  expect(hasWord({ ...FIRST, words: "% -- _" })).toBe(false);
  expect(hasWord({ ...FIRST, words: "é" })).toBe(true);
});

test("the API is asked for what was chosen and nothing else", () => {
  expect(askedOf({ ...FIRST, words: "a" })).toEqual({ q: "a" });
  expect(askedOf({ words: "a", cause: "quota", everybody: true, cursor: "c" })).toEqual({ q: "a", cause: "quota", all: true, cursor: "c" });
});

test("a hit leads to where the line stands", () => {
  expect(placeOf(HIT)).toBe("/runs/run-1a2b3c4d/log#e12");
  expect(placeOf({ ...HIT, source: "task", entry: null, task_id: "ab-cdef01" })).toBe("/runs/run-1a2b3c4d/tasks?task=ab-cdef01&tab=stderr");
  expect(placeOf({ ...HIT, source: "diagnosis", entry: null })).toBe("/runs/run-1a2b3c4d");
});

test("the words are marked in any case, the longest first, and signs mean nothing", () => {
  expect(marked("Java.lang killed java", "java java.lang")).toEqual(["", "Java.lang", " killed ", "java", ""]);
  expect(marked("a(b", "(")).toEqual(["a(b"]);
  expect(marked("n\u00e9", "ne\u0301")).toEqual(["", "n\u00e9", ""]);
});
