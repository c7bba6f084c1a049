import { expect, test } from "vitest";
import { type Selection, addressOf, changed, queryFor, rangeWords, selectionIn, trailIn } from "../../src/pages/runs/selection.ts";

const FIRST = selectionIn(new URLSearchParams());
const read = (address: string): Selection => selectionIn(new URL(address, "https://sluice.lab").searchParams);

test("nothing chosen is the plain address", () => expect(addressOf(FIRST)).toBe("/runs"));

test.each<Partial<Selection>>([
  { status: "failed", search: "donor 1 & 2", label: "pbmc/é", ngsRun: "2026-11-16_NB0231" },
  { starred: true, whose: "shared" },
  { whose: "all", cursor: "b64==" },
  { whose: { email: "ben@lab.example" }, search: "<script>" },
])("a selection survives its address: %j", (changes) => {
  const selection = { ...FIRST, ...changes };
  expect(read(addressOf(selection))).toEqual(selection);
});

test("what the address says wrongly is left out", () => {
  expect(read("/runs?status=nothing&whose=someone&starred=1&other=x")).toEqual(FIRST);
  expect(read(`/runs?search=${"x".repeat(500)}`).search.length).toBe(200);
});

test("a change goes back to the first page", () => {
  expect(changed({ ...FIRST, cursor: "abc" }, { status: "failed" }).cursor).toBe("");
});

test("the API is asked for what was chosen and nothing else", () => {
  expect(queryFor(FIRST)).toEqual({ page_size: 25 });
  expect(queryFor({ ...FIRST, whose: "shared", starred: true, label: "pbmc" })).toEqual({
    page_size: 25, shared: true, starred: true, label: "pbmc",
  });
  expect(queryFor({ ...FIRST, whose: { email: "ben@lab.example" } })).toEqual({ page_size: 25, user_email: "ben@lab.example" });
});

test("the pages before are read from a step of the history, whatever it holds", () => {
  expect(trailIn({ trail: ["", "abc", 3] })).toEqual(["", "abc"]);
  expect([null, 5, {}, { trail: "x" }].map(trailIn)).toEqual([[], [], [], []]);
});

test("which runs of all are shown is said where it is known", () => {
  expect(rangeWords(25, "312", [], "")).toBe("1–25 of 312");
  expect(rangeWords(12, "37", [""], "abc")).toBe("26–37 of 37");
  expect(rangeWords(25, "10,000+", [], "abc")).toBe("10,000+ runs");
});
