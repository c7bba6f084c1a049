import type { JSX } from "preact";
import type { RunResponse } from "../../../generated/api.ts";
import { ErrorNotice, StaleNotice } from "../../ui/notices.tsx";
import { useTitle } from "../../ui/title.ts";
import type { RunTab } from "../../router/address.ts";
import { RunHeader } from "./header.tsx";
import { useRun } from "./live.ts";

interface Props {
  readonly runId: string;
  readonly tab: RunTab;
}

/** One run: its header, and the tab that the address names. */
export function RunPage({ runId }: Props): JSX.Element {
  const { poller, liveness } = useRun(runId);
  const run = poller.value.value;
  useTitle(titleOf(run, runId));
  if (!run || run.run_id !== runId) {
    if (poller.error.value) return <ErrorNotice error={poller.error.value} onRetry={() => poller.refresh()} />;
    return <p role="status">Loading {runId} …</p>;
  }
  return (
    <>
      <StaleNotice error={poller.error.value} />
      <RunHeader run={run} liveness={liveness} />
    </>
  );
}

function titleOf(run: RunResponse | null, runId: string): string {
  return run ? `${run.name ?? run.pipeline} (${run.status})` : runId;
}
