import { computed, signal } from "@preact/signals";
import type { ServiceStatus } from "../../generated/api.ts";
import { api, fresh, ifChanged, pollWire, silence } from "../api/client.ts";
import { ApiError } from "../api/errors.ts";
import { Poller } from "../net/poll.ts";
import { type HealthNotice, SILENT, UNREACHABLE, healthNotice } from "../rules/health.ts";

const EVERY_MS = 120_000;
const AFTER_ERROR_MS = 20_000;

const status = new Poller<ServiceStatus>(
  (etag, asked) => fresh(api.GET("/api/status", { headers: ifChanged(etag), signal: asked })),
  pollWire,
  EVERY_MS,
);
const closed = signal("");

/** What is wrong with Sluice, unless the reader has closed this notice. */
export const health = computed((): HealthNotice | null => {
  const notice = current();
  return notice?.key === closed.value ? null : notice;
});

function current(): HealthNotice | null {
  if (isAway(status.error.value)) return UNREACHABLE;
  const known = status.value.value && healthNotice(status.value.value);
  return known ?? (silence.isNow.value ? SILENT : null);
}

/** Look how Sluice is every two minutes while somebody looks at the page, and more often while it does not answer. */
export function startHealth(): void {
  status.start();
  status.error.subscribe((error) => {
    if (isAway(error)) setTimeout(() => status.refresh(), AFTER_ERROR_MS);
    else closed.value = closed.peek() === UNREACHABLE.key ? "" : closed.peek();
  });
}

export function closeHealth(notice: HealthNotice): void {
  closed.value = notice.key;
}

/** Whether nobody answers, in contrast to a refusal, which other parts of the page explain. */
function isAway(error: unknown): boolean {
  return error !== null && !(error instanceof ApiError && error.status < 500);
}
