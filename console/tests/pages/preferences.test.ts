import { expect, test } from "vitest";
import type { NotificationInfo } from "../../generated/api.ts";
import { EVENTS, chosenEvents, headline, outcome, withEvent } from "../../src/pages/preferences/events.ts";

const SENT: NotificationInfo = {
  id: "run-1a2b3c4d-run-failed",
  target: "slack",
  event: "run.failed",
  run_id: "run-1a2b3c4d",
  at: "2026-12-01T08:00:00Z",
  attempts: 1,
  next_try_at: null,
  delivered_at: null,
  refused_reason: null,
};

test("everything but failed tasks is told by default", () => {
  const chosen = chosenEvents({ notify_events: null });
  expect(EVENTS.map(([event]) => event).filter((event) => !chosen.includes(event))).toEqual(["run.task_failed"]);
});

test("no event at all is a choice", () => {
  expect(chosenEvents({ notify_events: [] })).toEqual([]);
});

test("an event is switched on and off, and the others stay", () => {
  expect(withEvent(["run.failed"], "run.stuck", true)).toEqual(["run.stuck", "run.failed"]);
  expect(withEvent(["run.stuck", "run.failed"], "run.stuck", false)).toEqual(["run.failed"]);
  expect(withEvent(["run.failed"], "run.failed", true)).toEqual(["run.failed"]);
});

test.each([
  [{ delivered_at: "2026-12-01T08:00:01Z" }, "delivered"],
  [{ refused_reason: "410 from the server" }, "not delivered: 410 from the server"],
  [{ attempts: 0, next_try_at: "2026-12-01T08:00:00Z" }, "on its way"],
  [{ attempts: 1, next_try_at: "2026-12-01T08:01:00Z" }, "on its way"],
  [{ attempts: 3, next_try_at: "2026-12-01T08:01:00Z" }, "not delivered yet: try 3"],
])("%o is %s", (changes, words) => {
  expect(outcome({ ...SENT, ...changes })).toBe(words);
});

test("a headline says what was told, and where", () => {
  expect(headline(SENT)).toBe("Run failed, by Slack");
});
