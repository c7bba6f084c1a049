import type { NotificationInfo, UserPreferences } from "../../../generated/api.ts";

export type RunEvent = NonNullable<UserPreferences["notify_events"]>[number];

/** The events that one can be told, in the order of a run's life. */
export const EVENTS: readonly (readonly [RunEvent, string])[] = [
  ["run.stuck", "It has waited for a machine for more than 30 minutes"],
  ["run.task_failed", "A task has failed for the first time, also if Nextflow tries it again"],
  ["run.cost_exceeded", "It costs more than my limit"],
  ["run.completed", "It has completed"],
  ["run.failed", "It has failed"],
  ["run.cancelled", "It was cancelled"],
  ["run.expiring", "It failed, and can be recovered for three more days only"],
];

/** What is told to those who have chosen nothing. */
const CHOSEN_BY_DEFAULT: readonly RunEvent[] = EVENTS.map(([event]) => event).filter((event) => event !== "run.task_failed");

export function chosenEvents({ notify_events }: Pick<UserPreferences, "notify_events">): readonly RunEvent[] {
  return notify_events ?? CHOSEN_BY_DEFAULT;
}

/** The events after one of them was switched on or off, in the order of EVENTS. */
export function withEvent(chosen: readonly RunEvent[], event: RunEvent, isOn: boolean): RunEvent[] {
  return EVENTS.map(([each]) => each).filter((each) => (each === event ? isOn : chosen.includes(each)));
}

/** What became of a notification; `attempts` counts the try that may be under way. */
export function outcome({ attempts, delivered_at, next_try_at, refused_reason }: NotificationInfo): string {
  if (delivered_at) return "delivered";
  if (refused_reason) return `not delivered: ${refused_reason}`;
  if (!next_try_at || attempts <= 1) return "on its way";
  return `not delivered yet: try ${attempts}`;
}

const WORDS: Readonly<Record<NotificationInfo["event"], string>> = {
  "run.completed": "Run completed",
  "run.failed": "Run failed",
  "run.cancelled": "Run cancelled",
  "run.task_failed": "Task failed",
  "run.stuck": "Run waits for a machine",
  "run.expiring": "Recovery expires",
  "run.cost_exceeded": "Cost above the limit",
  "target.disabled": "Notifications stopped",
  test: "Test",
};
const TARGETS: Readonly<Record<NotificationInfo["target"], string>> = { mail: "mail", slack: "Slack", webhook: "webhook" };

/** What was told, and where: "Run failed, by mail". */
export function headline({ event, target }: Pick<NotificationInfo, "event" | "target">): string {
  return `${WORDS[event]}, by ${TARGETS[target]}`;
}
