import type { JSX } from "preact";
import type { RunCostResponse, TaskCostInfo } from "../../../../generated/api.ts";
import { api, fresh, ifChanged } from "../../../api/client.ts";
import { runPath } from "../../../router/address.ts";
import { amountWords, machineWords, timeWords } from "../../../rules/insight/cost.ts";
import { shortName } from "../../../rules/tasks/state.ts";
import { ErrorNotice } from "../../../ui/notices.tsx";
import { usePolled } from "../../../ui/polled.ts";

const SHOWN = 10;

/** The most expensive tasks of a run, asked for again when its machines were summed up. */
export function ExpensiveTasks({ cost }: { readonly cost: RunCostResponse }): JSX.Element | null {
  const { run_id, summed_at } = cost;
  const poller = usePolled(
    `${run_id} ${summed_at}`,
    (etag, signal) => {
      const params = { path: { run_id }, query: { page_size: SHOWN } };
      return fresh(api.GET("/api/runs/{run_id}/cost/tasks", { params, headers: ifChanged(etag), signal }));
    },
    null,
  );
  const found = poller.value.value;
  if (poller.error.value && !found) return <ErrorNotice error={poller.error.value} onRetry={() => poller.refresh()} />;
  if (!found || found.tasks.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="expensive">
      <h2 id="expensive">Most expensive tasks</h2>
      <div class="scroll-x" tabIndex={0} role="region" aria-label="Tasks by cost">
        <table class="plain-table">
          <thead>
            <tr>
              <th scope="col">Task</th>
              <th scope="col" class="number">Cost</th>
              <th scope="col">Machine</th>
              <th scope="col" class="number">On machines</th>
            </tr>
          </thead>
          <tbody>
            {found.tasks.map((task) => (
              <Row key={task.task_id} runId={run_id} task={task} />
            ))}
          </tbody>
        </table>
      </div>
      {found.total > found.tasks.length && (
        <p class="quiet">
          The first {found.tasks.length} of {found.total.toLocaleString("en")}
          {found.total_capped ? " and more" : ""} tasks
        </p>
      )}
    </section>
  );
}

function Row({ runId, task }: { readonly runId: string; readonly task: TaskCostInfo }): JSX.Element {
  return (
    <tr>
      <th scope="row" title={task.name}>
        <a href={`${runPath(runId, "tasks")}?task=${task.task_id}`}>{shortName(task.name)}</a>
      </th>
      <td class="number">{amountWords(task.cost)}</td>
      <td class="cell-machine">{machineWords(task.attempts)}</td>
      <td class="number">{timeWords(task.cost)}</td>
    </tr>
  );
}
