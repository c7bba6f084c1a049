import { expect, test } from "vitest";
import type { RunResponse } from "../../generated/api.ts";
import { countsOf, elapsedMs, progressOf, stateOf } from "../../src/rules/run_state.ts";

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

const METRICS = { total: 4, finished: 3, tasks: { FAILED: 1, RUNNING: 1 }, cpu_hours: 0, memory_gb_hours: 0 };

test("progress is read from the metrics, and is unknown until something is known", () => {
  expect(progressOf(null)).toBeNull();
  expect(progressOf({ ...METRICS, total: 0 })).toBeNull();
  expect(progressOf({ ...METRICS, progress: null })).toEqual({
    total: 4, expected: null, finished: 3, failed: 1, running: 1, share: null,
  });
});

test.each([
  [{}, false, "3 of 4 tasks so far"],
  [{ expected: 40, progress: 0.1 }, false, "3 of about 40 tasks"],
  [{ expected: 4, progress: 0.7 }, false, "3 of 4 tasks"],
  [{ expected: 40, progress: 1 }, true, "3 of 4 tasks"],
  [{ finished: 4, progress: 1 }, true, "4 tasks"],
])("counts %j are said in words", (changes, isOver, words) => {
  const progress = progressOf({ ...METRICS, ...changes });
  expect(progress && countsOf(progress, isOver)).toBe(words);
});

test("a run takes time from its start to its end, or until now", () => {
  const started_at = "2026-12-01T12:00:00Z";
  const now = Date.parse("2026-12-01T12:00:30Z");
  expect(elapsedMs(run({}), now)).toBeNull();
  expect(elapsedMs(run({ started_at }), now)).toBe(30_000);
  expect(elapsedMs(run({ started_at, failed_at: "2026-12-01T12:00:10Z" }), now)).toBe(10_000);
});
