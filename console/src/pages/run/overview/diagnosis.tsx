import type { JSX } from "preact";
import type { RunResponse, TaskInfo } from "../../../../generated/api.ts";
import { api, fresh, ifChanged } from "../../../api/client.ts";
import { changeQuery } from "../../../router/navigation.ts";
import { runPath } from "../../../router/address.ts";
import { CAUSES, searchFor } from "../../../rules/causes.ts";
import { shortName } from "../../../rules/tasks/state.ts";
import { StateIcon } from "../../../ui/icons.tsx";
import { Prose } from "../../../ui/prose.tsx";
import { usePolled } from "../../../ui/polled.ts";
import { mayChange } from "../access.ts";
import { SimilarRuns } from "./similar.tsx";

type Diagnosis = NonNullable<RunResponse["diagnosis"]>;
const LOG = "nextflow.log";

/** The cause in plain words, what proves it, and what helps. */
export function DiagnosisPanel({ run }: { readonly run: RunResponse }): JSX.Element {
  const found = run.diagnosis;
  const canRecover = mayChange(run) && (run.status === "failed" || run.status === "cancelled");
  const message = found?.message ?? run.error_message;
  const isQuoted = found?.evidence.some(({ line }) => line.trim() === message?.trim()) ?? false;
  return (
    <section class="panel diagnosis" aria-labelledby="why">
      <h2 id="why">
        <span class="tone-bad">
          <StateIcon shape="failed" />
        </span>{" "}
        {CAUSES[found?.cause ?? "unknown"]}
      </h2>
      {run.failing && <p>Nextflow still finishes the tasks that it has begun. The run will fail; cancelling it saves what is left.</p>}
      {run.error_task && <FailedTask run={run} name={run.error_task} exitCode={found?.exit_code ?? null} />}
      {message && !isQuoted && <pre class="message">{message}</pre>}
      {found && found.evidence.length > 0 && <Evidence run={run} found={found} />}
      {found?.advice && (
        <div class="advice">
          <h3>What helps</h3>
          <Prose text={found.advice} />
        </div>
      )}
      {found && <SimilarRuns run={run} />}
      <div class="notice-foot">
        {canRecover && (
          <button type="button" class="button button-primary" onClick={() => changeQuery({ do: "recover" })}>
            Recover the run
          </button>
        )}
        <a class="button" href={`${runPath(run.run_id, "log")}?level=WARN`}>
          Warnings and errors in the log
        </a>
      </div>
    </section>
  );
}

interface FailedTaskProps {
  readonly run: RunResponse;
  readonly name: string;
  readonly exitCode: number | null;
}

function FailedTask({ run, name, exitCode }: FailedTaskProps): JSX.Element {
  const poller = usePolled(
    `${run.run_id} ${name}`,
    (etag, signal) =>
      fresh(
        api.GET("/api/runs/{run_id}/tasks", {
          params: { path: { run_id: run.run_id }, query: { search: name, sort: "-attempt", limit: 100 } },
          headers: ifChanged(etag),
          signal,
        }),
      ),
    null,
  );
  const task = lastFailed(poller.value.value?.tasks ?? [], name);
  return (
    <p>
      Task <strong title={name}>{shortName(name)}</strong>
      {exitCode !== null && `, exit code ${exitCode}`}
      {task && (
        <>
          {" · "}
          <a href={`${runPath(run.run_id, "tasks")}?task=${task.task_id}&tab=stderr`}>what it printed</a>
          {" · "}
          <a href={`${runPath(run.run_id, "tasks")}?task=${task.task_id}`}>its attempts</a>
        </>
      )}
    </p>
  );
}

function lastFailed(tasks: readonly TaskInfo[], name: string): TaskInfo | undefined {
  const attempts = tasks.filter((task) => task.name === name);
  return attempts.find((task) => task.status === "FAILED") ?? attempts[0];
}

function Evidence({ run, found }: { readonly run: RunResponse; readonly found: Diagnosis }): JSX.Element {
  return (
    <div>
      <h3>Evidence</h3>
      <ol class="evidence">
        {found.evidence.map(({ line, source }, index) => (
          <li key={index}>
            <code>{line}</code>
            {source === LOG ? (
              <a href={`${runPath(run.run_id, "log")}?${new URLSearchParams({ find: searchFor(line) })}`}>Show in the log</a>
            ) : (
              <span class="quiet">{source}</span>
            )}
          </li>
        ))}
      </ol>
    </div>
  );
}
