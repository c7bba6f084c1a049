import { useEffect } from "preact/hooks";
import { type ReadonlySignal, signal } from "@preact/signals";
import type { RunResponse } from "../../../generated/api.ts";
import { api, followStream, fresh, ifChanged } from "../../api/client.ts";
import { POLL_EVERY_MS, type Poller } from "../../net/poll.ts";
import type { StreamEvent } from "../../net/stream.ts";
import { Throttle } from "../../net/throttle.ts";
import { isAbort } from "../../net/waiting.ts";
import { stateOf } from "../../rules/run_state.ts";
import { usePolled } from "../../ui/polled.ts";

export type Liveness = "open" | "waiting" | "paused" | "over";

const REFRESH_AT_MOST_EVERY_MS = 3_000;
const STOPPING_EVERY_MS = 2_000;

const liveness = signal<Liveness>("waiting");
const beats = signal(0);
/** Moves with every event of the run that is shown. */
export const heartbeat: ReadonlySignal<number> = beats;

/**
 * The run, as its events tell it: counts of tasks are in the event, all else is read again.
 *
 * A page has one stream. Where a tab streams something else, the run is asked for every 5 s in place of its events.
 */
export function useRun(runId: string, tabStreams: boolean): { poller: Poller<RunResponse>; liveness: Liveness } {
  const poller = usePolled(
    `${runId} ${tabStreams}`,
    (etag, asked) =>
      fresh(api.GET("/api/runs/{run_id}", { params: { path: { run_id: runId } }, headers: ifChanged(etag), signal: asked })),
    tabStreams ? POLL_EVERY_MS : null,
  );
  const run = poller.value.value;
  const isOver = run !== null && run.run_id === runId && stateOf(run).isFinal;
  useEffect(() => {
    if (tabStreams && isOver) poller.stop();
  }, [poller, tabStreams, isOver]);
  useEffect(() => (tabStreams ? undefined : followEvents(runId, poller)), [poller, runId, tabStreams]);
  useCountdown(poller, run !== null && run.cancel_requested_at !== null && !isOver);
  return { poller, liveness: isOver ? "over" : tabStreams ? "open" : liveness.value };
}

/** No event tells how many jobs of a run are left to stop, so it is asked for meanwhile. */
function useCountdown(poller: Poller<RunResponse>, isStopping: boolean): void {
  useEffect(() => {
    if (!isStopping) return;
    const timer = setInterval(() => poller.refresh(), STOPPING_EVERY_MS);
    return () => clearInterval(timer);
  }, [poller, isStopping]);
}

function followEvents(runId: string, poller: Poller<RunResponse>): () => void {
  const stopped = new AbortController();
  const following = followStream({
    url: `${location.origin}/api/runs/${runId}/events`,
    signal: stopped.signal,
    onEvent: (event) => take(event, poller),
    onState: (state) => (liveness.value = state),
  });
  following
    .then(() => (liveness.value = "over"))
    .catch((error: unknown) => {
      if (!isAbort(error)) poller.error.value = error;
    });
  return () => stopped.abort();
}

function take(event: StreamEvent, poller: Poller<RunResponse>): void {
  const run = poller.value.peek();
  if (event.name === "progress" && run) poller.value.value = withProgress(run, event.data);
  else poller.refresh();
  beats.value += 1;
}

/** A run with the counts of an event, which is newer than the last answer. */
export function withProgress(run: RunResponse, data: string): RunResponse {
  const counts = JSON.parse(data) as Partial<NonNullable<RunResponse["metrics"]>> & { run_id?: string };
  if (counts.run_id !== run.run_id) return run;
  const before = run.metrics ?? { tasks: {}, total: 0, finished: 0, cpu_hours: 0, memory_gb_hours: 0 };
  return { ...run, metrics: { ...before, ...counts } };
}

/** Calls `refresh` when something has happened to the run, at most every 3 s. */
export function useBeats(refresh: () => void): void {
  useEffect(() => {
    const throttle = new Throttle(refresh, REFRESH_AT_MOST_EVERY_MS);
    const stop = heartbeat.subscribe((count) => {
      if (count > 0) throttle.call();
    });
    return () => {
      stop();
      throttle.stop();
    };
  }, [refresh]);
}
