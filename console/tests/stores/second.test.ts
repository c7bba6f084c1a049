import { effect } from "@preact/signals";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { second } from "../../src/stores/second.ts";

beforeEach(() => vi.useFakeTimers({ now: 0 }));
afterEach(() => vi.useRealTimers());

test("the second moves while it is shown, and no timer is left afterwards", async () => {
  const before = vi.getTimerCount();
  const shown: number[] = [];
  const stop = effect(() => void shown.push(second.value));
  await vi.advanceTimersByTimeAsync(2_000);
  expect(shown.slice(-2)).toEqual([1_000, 2_000]);
  stop();
  expect(vi.getTimerCount()).toBe(before);
});
