import type { JSX } from "preact";
import type { ProcessUse, RunResponse } from "../../../../generated/api.ts";
import { api, fresh, ifChanged } from "../../../api/client.ts";
import { stateOf } from "../../../rules/run_state.ts";
import { percent } from "../../../rules/insight/sizing.ts";
import { size } from "../../../rules/sizes.ts";
import { Empty, ErrorNotice, StaleNotice } from "../../../ui/notices.tsx";
import { usePolled } from "../../../ui/polled.ts";
import { UsePlot } from "./plot.tsx";

/** How much of their CPUs and memory the tasks of each process used. */
export function EfficiencyTab({ run }: { readonly run: RunResponse }): JSX.Element {
  const isOver = stateOf(run).isFinal;
  const poller = usePolled(
    { thing: run.run_id, view: String(isOver) },
    (etag, signal) =>
      fresh(
        api.GET("/api/runs/{run_id}/efficiency", {
          params: { path: { run_id: run.run_id } },
          headers: ifChanged(etag),
          signal,
        }),
      ),
    null,
  );
  const found = poller.value.value;
  if (!found && poller.error.value) return <ErrorNotice error={poller.error.value} onRetry={() => poller.refresh()} />;
  if (found?.processes.length === 0) {
    return (
      <Empty title="No task has completed yet">
        <p>{isOver ? "The run ended before a task had completed." : "What a task used is known when it has completed."}</p>
      </Empty>
    );
  }
  return (
    <div class="stack">
      <StaleNotice error={poller.error.value} />
      <section class="panel" aria-labelledby="efficiency">
        <h2 id="efficiency">Used of what was asked for</h2>
        <p class="quiet">
          The mark shows what the median task used, the bar what the middle half of the tasks used, the dotted line what they requested.
          Advice for the next run is in its form, below Config.
        </p>
        {found ? <Table processes={found.processes} /> : <p role="status">Loading what the tasks used …</p>}
      </section>
    </div>
  );
}

function Table({ processes }: { readonly processes: readonly ProcessUse[] }): JSX.Element {
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label="Used of what was asked for">
      <table class="plain-table">
        <thead>
          <tr>
            <th scope="col">Process</th>
            <th scope="col" class="number">Tasks</th>
            <th scope="col" class="number">CPUs</th>
            <th scope="col" class="number">Used</th>
            <th scope="col" class="number">Memory</th>
            <th scope="col" class="number">Used</th>
          </tr>
        </thead>
        <tbody>
          {processes.map((process) => (
            <tr key={process.process}>
              <th scope="row" title={process.process}>{process.process.slice(process.process.lastIndexOf(":") + 1)}</th>
              <td class="number">{process.tasks.toLocaleString("en")}</td>
              <td class="number">{process.cpus ?? "–"}</td>
              <td class="number">
                {percent(process.cpu?.middle)} <UsePlot share={process.cpu} />
              </td>
              <td class="number">{process.memory === null ? "–" : size(process.memory)}</td>
              <td class="number">
                {percent(process.memory_used?.middle)} <UsePlot share={process.memory_used} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
