import type { JSX } from "preact";
import type { RunResponse } from "../../../generated/api.ts";
import type { RunTab } from "../../router/address.ts";
import { query } from "../../router/navigation.ts";
import { ErrorNotice, StaleNotice } from "../../ui/notices.tsx";
import { useTitle } from "../../ui/title.ts";
import { RunDialog } from "./actions/dialogs.tsx";
import { CompareTab } from "./compare/tab.tsx";
import { CostTab } from "./cost/tab.tsx";
import { EfficiencyTab } from "./efficiency/tab.tsx";
import { FilesTab } from "./files/tab.tsx";
import { RunHeader } from "./header/header.tsx";
import { HistoryTab } from "./history/tab.tsx";
import { InputsTab } from "./inputs/tab.tsx";
import { useRun } from "./live.ts";
import { LogTab } from "./log/tab.tsx";
import { Overview } from "./overview/tab.tsx";
import { RunTabs } from "./tabs.tsx";
import { TasksTab } from "./tasks/tab.tsx";
import { TimelineTab } from "./timeline/tab.tsx";

interface Props {
  readonly runId: string;
  readonly tab: RunTab;
}

/** One run: its header, and the tab that the address names. */
export function RunPage({ runId, tab }: Props): JSX.Element {
  const { poller, liveness } = useRun(runId, tab === "log");
  const run = poller.value.value;
  useTitle(titleOf(run, runId));
  if (!run) {
    if (poller.error.value) return <ErrorNotice error={poller.error.value} onRetry={() => poller.refresh()} />;
    return <RunPlaceholder runId={runId} />;
  }
  const change = (changed: RunResponse): void => {
    poller.value.value = changed;
  };
  return (
    <>
      <StaleNotice error={poller.error.value} />
      <RunHeader run={run} liveness={liveness} onChange={change} />
      <RunTabs run={run} tab={tab} />
      <div class="tab-body">
        <Tab run={run} tab={tab} key={`${runId} ${tab}`} />
      </div>
      <RunDialog run={run} name={query.value.get("do") ?? ""} onChange={change} />
    </>
  );
}

function Tab({ run, tab }: { readonly run: RunResponse; readonly tab: RunTab }): JSX.Element {
  switch (tab) {
    case "overview":
      return <Overview run={run} />;
    case "tasks":
      return <TasksTab run={run} />;
    case "timeline":
      return <TimelineTab run={run} />;
    case "efficiency":
      return <EfficiencyTab run={run} />;
    case "cost":
      return <CostTab run={run} />;
    case "compare":
      return <CompareTab run={run} />;
    case "log":
      return <LogTab run={run} />;
    case "files":
      return <FilesTab run={run} />;
    case "inputs":
      return <InputsTab run={run} />;
    case "history":
      return <HistoryTab run={run} />;
  }
}

function RunPlaceholder({ runId }: { readonly runId: string }): JSX.Element {
  return (
    <div class="run-head" role="status">
      <h1 tabIndex={-1}>{runId}</h1>
      <p class="quiet">Loading the run …</p>
      <div class="placeholder placeholder-row" aria-hidden="true">
        <span />
        <span />
        <span />
      </div>
    </div>
  );
}

function titleOf(run: RunResponse | null, runId: string): string {
  return run ? `${run.name ?? run.pipeline} (${run.status})` : runId;
}
