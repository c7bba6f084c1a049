import { expect, test } from "vitest";
import type { RunResponse } from "../../generated/api.ts";
import { elapsedMs, progressOf, stateOf } from "../../src/rules/run_state.ts";

const run = (changes: Partial<RunResponse>): RunResponse =>
  ({ status: "running", failing: false, cancel_requested_at: null, started_at: null, ...changes }) as RunResponse;

test("every status has a word and a shape of its own", () => {
  const all = ["pending", "submitted", "running", "completed", "failed", "cancelled"] as const;
  const states = all.map((status) => stateOf(run({ status })));
  expect(new Set(states.map((state) => state.shape)).size).toBe(all.length);
  expect(new Set(states.map((state) => state.word)).size).toBe(all.length);
});

test("a run that will fail or is being stopped says so until it is over", () => {
  const at = "2026-12-01T12:00:00Z";
  expect(stateOf(run({ failing: true })).word).toBe("Failing");
  expect(stateOf(run({ failing: true, cancel_requested_at: at })).word).toBe("Stopping");
  expect(stateOf(run({ status: "completed", cancel_requested_at: at })).word).toBe("Completed");
});

test("progress is read from the metrics, and is unknown until something is known", () => {
  expect(progressOf(null)).toBeNull();
  expect(progressOf({ total: 0 })).toBeNull();
  expect(progressOf({ total: 4, finished: 3, progress: null, tasks: { FAILED: 1, RUNNING: 1 } })).toEqual({
    total: 4, finished: 3, failed: 1, running: 1, share: null,
  });
});

test("a run takes time from its start to its end, or until now", () => {
  const started_at = "2026-12-01T12:00:00Z";
  const now = Date.parse("2026-12-01T12:00:30Z");
  expect(elapsedMs(run({}), now)).toBeNull();
  expect(elapsedMs(run({ started_at }), now)).toBe(30_000);
  expect(elapsedMs(run({ started_at, failed_at: "2026-12-01T12:00:10Z" }), now)).toBe(10_000);
});
