import type { JSX } from "preact";
import type { RunResponse, TaskStats } from "../../../../generated/api.ts";
import { api, fresh, ifChanged } from "../../../api/client.ts";
import { runPath } from "../../../router/address.ts";
import { size } from "../../../rules/sizes.ts";
import { finishedWords } from "../../../rules/tasks/words.ts";
import { duration } from "../../../rules/times.ts";
import { ErrorNotice } from "../../../ui/notices.tsx";
import { usePolled } from "../../../ui/polled.ts";
import { useBeats } from "../live.ts";
import { useCallback } from "preact/hooks";

/** Each process with its tasks, in the order of the pipeline, as the service names them. */
export function Processes({ run }: { readonly run: RunResponse }): JSX.Element {
  const poller = usePolled(
    run.run_id,
    (etag, signal) =>
      fresh(
        api.GET("/api/runs/{run_id}/tasks", {
          params: { path: { run_id: run.run_id }, query: { limit: 1 } },
          headers: ifChanged(etag),
          signal,
        }),
      ),
    null,
  );
  useBeats(useCallback(() => poller.refresh(), [poller]));
  const found = poller.value.value;
  if (!found && poller.error.value) return <ErrorNotice error={poller.error.value} onRetry={() => poller.refresh()} />;
  const processes = Object.entries(found?.summary.by_process ?? {});
  return (
    <section class="panel" aria-labelledby="processes">
      <h2 id="processes">Processes</h2>
      {found ? <Table run={run} processes={processes} /> : <p role="status">Loading …</p>}
    </section>
  );
}

interface TableProps {
  readonly run: RunResponse;
  readonly processes: readonly (readonly [string, TaskStats])[];
}

function Table({ run, processes }: TableProps): JSX.Element {
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label="Processes">
      <table class="plain-table">
        <thead>
          <tr>
            <th scope="col">Process</th>
            <th scope="col" class="number">Finished</th>
            <th scope="col" class="number">Running</th>
            <th scope="col" class="number">Failed</th>
            <th scope="col" class="number">Typical time</th>
            <th scope="col" class="number">95% took at most</th>
            <th scope="col" class="number">Most memory</th>
          </tr>
        </thead>
        <tbody>
          {processes.map(([name, stats]) => (
            <Row key={name} run={run} name={name} stats={stats} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ run, name, stats }: { readonly run: RunResponse; readonly name: string; readonly stats: TaskStats }): JSX.Element {
  const scope = name.lastIndexOf(":") + 1;
  return (
    <tr>
      <th scope="row">
        <a href={`${runPath(run.run_id, "tasks")}?${new URLSearchParams({ process: name })}`} title={name}>
          {name.slice(scope)}
        </a>
      </th>
      <td class="number">{finishedWords(stats)}</td>
      <td class={stats.running > 0 ? "number tone-active" : "number quiet"}>{stats.running.toLocaleString("en")}</td>
      <td class={stats.failed > 0 ? "number tone-bad" : "number quiet"}>{stats.failed.toLocaleString("en")}</td>
      <td class="number">{stats.p50_duration === null ? "–" : duration(stats.p50_duration)}</td>
      <td class="number">{stats.p95_duration === null ? "–" : duration(stats.p95_duration)}</td>
      <td class="number">{stats.peak_memory === null ? "–" : size(stats.peak_memory)}</td>
    </tr>
  );
}
