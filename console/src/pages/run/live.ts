import { useEffect } from "preact/hooks";
import { signal } from "@preact/signals";
import type { RunResponse } from "../../../generated/api.ts";
import { api, followStream, fresh, ifChanged } from "../../api/client.ts";
import type { Poller } from "../../net/poll.ts";
import { isAbort } from "../../net/waiting.ts";
import { usePolled } from "../../ui/polled.ts";

export type Liveness = "open" | "waiting" | "paused" | "over";

/** The run, read again for every event of its stream: the answer of GET is the one truth, events say when to ask. */
export function useRun(runId: string): { poller: Poller<RunResponse>; liveness: Liveness } {
  const poller = usePolled(
    runId,
    (etag, asked) =>
      fresh(api.GET("/api/runs/{run_id}", { params: { path: { run_id: runId } }, headers: ifChanged(etag), signal: asked })),
    null,
  );
  useEffect(() => {
    const stopped = new AbortController();
    const following = followStream({
      url: `${location.origin}/api/runs/${runId}/events`,
      signal: stopped.signal,
      onEvent: () => poller.refresh(),
      onState: (state) => (liveness.value = state),
    });
    following
      .then(() => (liveness.value = "over"))
      .catch((error: unknown) => {
        if (!isAbort(error)) poller.error.value = error;
      });
    return () => stopped.abort();
  }, [poller, runId]);
  return { poller, liveness: liveness.value };
}

const liveness = signal<Liveness>("waiting");
