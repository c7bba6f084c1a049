import { expect, test } from "vitest";
import { ago, atLeastASecond, duration, moment } from "../../src/rules/times.ts";

const NOW = Date.parse("2026-12-01T12:00:00Z");
const before = (ms: number): string => new Date(NOW - ms).toISOString();

test.each([
  [-5_000, "just now"],
  [44_000, "just now"],
  [50_000, "1 min ago"],
  [59 * 60_000, "59 min ago"],
  [3 * 3_600_000, "3 h ago"],
  [2 * 86_400_000, "2 d ago"],
  [8 * 86_400_000, "23 Nov 2026"],
])("%i ms before now is %s", (age, words) => expect(ago(before(age), NOW, "utc")).toBe(words));

test("a moment names its zone", () => {
  expect(moment("2026-12-01T04:16:21Z", "utc")).toMatch(/1 Dec 2026.*04:16:21.*UTC/);
});

test.each([
  [0, "0 s"],
  [20, "< 0.1 s"],
  [761, "0.7 s"],
  [1_000, "1 s"],
  [9_999, "9.9 s"],
  [12_400, "12 s"],
  [200_000, "3 min 20 s"],
  [3_600_000, "1 h"],
  [4_320_000, "1 h 12 min"],
  [187_200_000, "2 d 4 h"],
])("%i ms is %s", (ms, words) => expect(duration(ms)).toBe(words));

test("what goes on has lasted a second at least", () => expect([0, 850, 4_000].map(atLeastASecond)).toEqual([1_000, 1_000, 4_000]));
