import { expect, test } from "vitest";
import { delayMs } from "../../src/net/backoff.ts";

test("a wait doubles from one second to thirty", () => {
  expect([0, 1, 2, 3, 4, 5, 6, 50].map((attempt) => delayMs(attempt, 1))).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
  ]);
});

test("half of a wait is left to chance, so that many pages do not come back at once", () => {
  expect(delayMs(3, 0)).toBe(4_000);
  expect(delayMs(3, 0.5)).toBe(6_000);
});
