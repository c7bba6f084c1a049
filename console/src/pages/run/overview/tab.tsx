import type { ComponentChildren, JSX } from "preact";
import type { RunResponse } from "../../../../generated/api.ts";
import { stateOf } from "../../../rules/run_state.ts";
import { Moment } from "../../../ui/time.tsx";
import { CopyButton } from "../../../ui/copy.tsx";
import { Empty } from "../../../ui/notices.tsx";
import { DiagnosisPanel } from "./diagnosis.tsx";
import { Processes } from "./processes.tsx";

/** Why a run failed comes first; then how far each process is. */
export function Overview({ run }: { readonly run: RunResponse }): JSX.Element {
  const hasFailed = run.status === "failed" || run.failing || run.error_message !== null;
  return (
    <div class="stack">
      {hasFailed && <DiagnosisPanel run={run} />}
      {run.metrics ? <Processes run={run} /> : <NoTasks run={run} />}
      <Details run={run} />
    </div>
  );
}

function NoTasks({ run }: { readonly run: RunResponse }): JSX.Element {
  if (stateOf(run).isFinal) {
    return (
      <Empty title="No task ran">
        <p>The run ended before its first task. Its log may say more.</p>
      </Empty>
    );
  }
  return (
    <Empty title="No tasks yet">
      <p>{run.status_detail ?? "The pipeline is being started; its first tasks appear here by themselves."}</p>
    </Empty>
  );
}

function Details({ run }: { readonly run: RunResponse }): JSX.Element {
  return (
    <section class="panel" aria-labelledby="details">
      <h2 id="details">Details</h2>
      <dl class="pairs">
        <Pair name="Created" at={run.created_at} />
        <Pair name="Submitted" at={run.submitted_at} />
        <Pair name="Started" at={run.started_at} />
        <Pair name="Ended" at={run.completed_at ?? run.failed_at ?? run.cancelled_at} />
        <Pair name="Recoverable until" at={run.work_dir_expires_at} />
        <Pair name="Head job">{run.batch_job_name && <code>{run.batch_job_name}</code>}</Pair>
        <Pair name="Exit code">{run.exit_code}</Pair>
        <Pair name="NGS runs">{run.source_ngs_runs?.join(", ")}</Pair>
        <Pair name="CPU hours">{run.metrics?.cpu_hours.toLocaleString("en", { maximumFractionDigits: 1 })}</Pair>
        <Pair name="Folder">
          <code>{run.gcs_path}</code> <CopyButton text={run.gcs_path} what="the address of the folder" />
        </Pair>
      </dl>
    </section>
  );
}

interface PairProps {
  readonly name: string;
  readonly at?: string | null;
  readonly children?: ComponentChildren;
}

/** Nothing for what is not known. */
function Pair({ name, at, children }: PairProps): JSX.Element | null {
  const value = at ? <Moment at={at} /> : children;
  if (value === null || value === undefined || value === "") return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}
