import type { JSX } from "preact";
import { useCallback, useEffect, useMemo } from "preact/hooks";
import type { RunResponse } from "../../../../generated/api.ts";
import { api, unwrap } from "../../../api/client.ts";
import { query } from "../../../router/navigation.ts";
import { runPath } from "../../../router/address.ts";
import { stateOf } from "../../../rules/run_state.ts";
import { Empty, ErrorNotice } from "../../../ui/notices.tsx";
import { useBeats } from "../live.ts";
import { TaskDrawer } from "./drawer.tsx";
import { TaskFilters } from "./filters.tsx";
import { TaskList } from "./list.ts";
import { type TaskSelection, isNarrowed, questionsFor, taskSelectionIn } from "./selection.ts";
import { TaskTable } from "./table.tsx";

/** All tasks of a run, failed first, with one of them beside the list. */
export function TasksTab({ run }: { readonly run: RunResponse }): JSX.Element {
  const selection = taskSelectionIn(query.value);
  const shownId = query.value.get("task");
  const list = useTaskList(run, selection);
  return (
    <div class={shownId ? "with-drawer" : ""}>
      <div class="stack-tight">
        <TaskFilters run={run} selection={selection} />
        <Body run={run} selection={selection} list={list} />
      </div>
      {shownId && <TaskDrawer key={shownId} runId={run.run_id} taskId={shownId} />}
    </div>
  );
}

function useTaskList(run: RunResponse, selection: TaskSelection): TaskList {
  const counts = run.metrics?.tasks ?? {};
  const questions = JSON.stringify(questionsFor(selection, counts));
  const list = useMemo(
    () =>
      new TaskList(JSON.parse(questions), (asked, signal) =>
        unwrap(api.GET("/api/runs/{run_id}/tasks", { params: { path: { run_id: run.run_id }, query: asked }, signal })),
      ),
    [run.run_id, questions],
  );
  useEffect(() => list.recount(counts), [list, JSON.stringify(counts)]);
  useEffect(() => () => list.stop(), [list]);
  useBeats(useCallback(() => list.refresh(), [list]));
  return list;
}

interface BodyProps {
  readonly run: RunResponse;
  readonly selection: TaskSelection;
  readonly list: TaskList;
}

function Body({ run, selection, list }: BodyProps): JSX.Element {
  // Read so that this is drawn anew with every page of tasks: its properties stay the same.
  list.version.value;
  const error = list.error.value;
  if (error && list.count === 0) return <ErrorNotice error={error} onRetry={() => list.refresh()} />;
  const isEmpty = list.count === 0 && list.isWhole;
  if (!isEmpty) return <TaskTable runId={run.run_id} list={list} selection={selection} />;
  if (isNarrowed(selection)) {
    return (
      <Empty title="No task matches">
        <p>Fewer filters or other words may find it.</p>
        <a class="button" href={runPath(run.run_id, "tasks")}>
          Show all tasks
        </a>
      </Empty>
    );
  }
  return (
    <Empty title="No tasks yet">
      <p>{stateOf(run).isFinal ? "The run ended before its first task." : "They appear here as soon as Nextflow creates them."}</p>
    </Empty>
  );
}
