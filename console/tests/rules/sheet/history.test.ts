import { expect, it } from "vitest";
import { changedTo, historyOf, redone, undone } from "../../../src/rules/sheet/history.ts";

const sheet = (rows: number): { rows: unknown[] } => ({ rows: Array.from({ length: rows }) });

it("goes back and forth", () => {
  const [one, two] = [sheet(1), sheet(2)];
  const changed = changedTo(historyOf(one), two);
  expect(undone(changed).present).toBe(one);
  expect(redone(undone(changed))).toEqual(changed);
  expect(undone(historyOf(one)).present).toBe(one);
  expect(redone(changed)).toBe(changed);
});

it("forgets what was undone once something else is done", () => {
  const [one, two, three] = [sheet(1), sheet(2), sheet(3)];
  const changed = changedTo(undone(changedTo(historyOf(one), two)), three);
  expect(changed).toEqual({ past: [one], present: three, future: [] });
});

it("keeps fewer steps of a large sheet", () => {
  let history = historyOf(sheet(1));
  const rows = sheet(100_000).rows;
  for (let step = 0; step < 50; step++) history = changedTo(history, { rows });
  expect(history.past.length).toBe(20);
});
