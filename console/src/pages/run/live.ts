import { useEffect } from "preact/hooks";
import { type ReadonlySignal, signal } from "@preact/signals";
import type { RunResponse } from "../../../generated/api.ts";
import { api, followStream, fresh, ifChanged } from "../../api/client.ts";
import type { Poller } from "../../net/poll.ts";
import type { StreamEvent } from "../../net/stream.ts";
import { Throttle } from "../../net/throttle.ts";
import { isAbort } from "../../net/waiting.ts";
import { stateOf } from "../../rules/run_state.ts";
import { usePolled } from "../../ui/polled.ts";

export type Liveness = "open" | "waiting" | "paused" | "over";

const REFRESH_AT_MOST_EVERY_MS = 3_000;
const STREAMING_EVERY_MS = 6_000; // with the status of Sluice at most 12 requests a minute
const STOPPING_EVERY_MS = 2_000;

const liveness = signal<Liveness>("waiting");
const beats = signal(0);
/** Moves with every event of the run that is shown. */
export const heartbeat: ReadonlySignal<number> = beats;

/**
 * The run, as its events tell it: its state and counts of tasks are in the event, all else is read again.
 *
 * A page has one stream. Where a tab streams something else, the run is asked for every 6 s in place of its events.
 */
export function useRun(runId: string, tabStreams: boolean): { poller: Poller<RunResponse>; liveness: Liveness } {
  const poller = usePolled(
    { thing: runId, view: String(tabStreams) },
    (etag, asked) =>
      fresh(api.GET("/api/runs/{run_id}", { params: { path: { run_id: runId } }, headers: ifChanged(etag), signal: asked })),
    tabStreams ? STREAMING_EVERY_MS : null,
  );
  const run = poller.value.value;
  const isOver = run !== null && stateOf(run).isFinal;
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
  if (run) poller.value.value = after(run, event);
  if (event.name !== "progress" || !run) poller.refresh();
  beats.value += 1;
}

type EventData = Partial<RunResponse> & Partial<NonNullable<RunResponse["metrics"]>> & { readonly at?: string };

/** The run with what an event says of it; the event of a state does not say all. */
export function after(run: RunResponse, { name, data }: Pick<StreamEvent, "name" | "data">): RunResponse {
  if (name !== "progress" && name !== "status") return run;
  const { run_id, at, ...said } = JSON.parse(data) as EventData;
  if (run_id !== run.run_id) return run;
  if (name === "status") {
    const { status = run.status, failing = run.failing, cancel_requested_at = run.cancel_requested_at } = said;
    // After a lost connection events come that the last answer knows already.
    const isOld = at !== undefined && Date.parse(at) < Date.parse(run.updated_at);
    return isOld ? run : { ...run, status, failing, cancel_requested_at };
  }
  const before = run.metrics ?? { tasks: {}, total: 0, finished: 0, cpu_hours: 0, memory_gb_hours: 0 };
  return { ...run, metrics: { ...before, ...said } };
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
