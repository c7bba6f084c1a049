import { expect, test } from "vitest";
import { Throttle } from "../../src/net/throttle.ts";

test("the first call acts at once, those soon after it act once, later", () => {
  let now = 0;
  let acted = 0;
  let due: (() => void) | null = null;
  const clock = { now: () => now, set: (action: () => void) => (due = action), clear: () => (due = null) };
  const throttle = new Throttle(() => (acted += 1), 3_000, clock);
  throttle.call();
  throttle.call();
  throttle.call();
  expect(acted).toBe(1);
  now = 3_000;
  (due as (() => void) | null)?.();
  expect(acted).toBe(2);
  now = 9_000;
  throttle.call();
  expect(acted).toBe(3);
});
