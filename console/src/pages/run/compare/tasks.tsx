import type { JSX } from "preact";
import type { RunComparison, TaskPair } from "../../../../generated/api.ts";
import { runPath } from "../../../router/address.ts";
import { taskWords } from "../../../rules/insight/comparison.ts";
import { counted } from "../../../rules/launch/summary.ts";
import { shortName } from "../../../rules/tasks/state.ts";

/** Tasks that differ; the service names the first 500. */
export function TaskChanges({ found }: { readonly found: RunComparison }): JSX.Element {
  const left = found.different_tasks - found.tasks.length;
  return (
    <>
      <p>{counted(found.different_tasks, "task")} ran in only one of the runs, ended differently, or asked for different resources</p>
      <ol class="diff">
        {found.tasks.map((pair) => (
          <li key={`${pair.process} ${pair.tag} ${pair.ordinal}`}>
            <TaskLink found={found} pair={pair} /> {taskWords(pair)}
          </li>
        ))}
      </ol>
      {left > 0 && <p class="quiet">and {left.toLocaleString("en")} more</p>}
    </>
  );
}

function TaskLink({ found, pair }: { readonly found: RunComparison; readonly pair: TaskPair }): JSX.Element | null {
  const task = pair.after ?? pair.before;
  if (!task) return null;
  const runId = pair.after ? found.run_id : found.with_run_id;
  return (
    <a href={`${runPath(runId, "tasks")}?task=${task.task_id}`} title={task.name}>
      {shortName(task.name)}
    </a>
  );
}
