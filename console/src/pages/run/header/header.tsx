import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { RunResponse } from "../../../../generated/api.ts";
import { beginAt, changeQuery } from "../../../router/navigation.ts";
import { runPath } from "../../../router/address.ts";
import { elapsedMs, progressOf, stateOf } from "../../../rules/run_state.ts";
import { duration, atLeastASecond } from "../../../rules/times.ts";
import { second } from "../../../stores/second.ts";
import { CopyButton } from "../../../ui/copy.tsx";
import { ProgressBar, StateBadge } from "../../../ui/state.tsx";
import { Ago } from "../../../ui/time.tsx";
import { mayChange } from "../access.ts";
import type { Liveness } from "../live.ts";
import { Star } from "./star.tsx";
import { Tiles } from "./tiles.tsx";

interface Props {
  readonly run: RunResponse;
  readonly liveness: Liveness;
  onChange(run: RunResponse): void;
}

/** What a run is and how it stands. */
export function RunHeader({ run, liveness, onChange }: Props): JSX.Element {
  const progress = progressOf(run.metrics);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => beginAt(heading.current), []);
  return (
    <header class="run-head">
      <nav class="crumbs" aria-label="Where you are">
        <a href="/runs">Runs</a> <span aria-hidden="true">/</span> <code>{run.run_id}</code>
        <CopyButton text={run.run_id} what="the run's id" />
      </nav>
      <div class="page-head">
        <h1 tabIndex={-1} ref={heading}>
          {run.name ?? run.pipeline}
        </h1>
        <Star run={run} onChange={onChange} />
        <StateBadge run={run} />
        <Connection liveness={liveness} />
        <Actions run={run} />
      </div>
      {run.status_detail && <p class="run-detail">{run.status_detail}</p>}
      {run.note && <p class="run-note">{run.note}</p>}
      <Labels run={run} />
      <Facts run={run} />
      {progress && <ProgressBar progress={progress} isOver={stateOf(run).isFinal} />}
      <Tiles run={run} />
    </header>
  );
}

/** Said only when what is shown may be out of date. */
function Connection({ liveness }: { readonly liveness: Liveness }): JSX.Element {
  const words = liveness === "waiting" ? "connecting …" : liveness === "paused" ? "paused" : "";
  return (
    <span class="quiet small" role="status">
      {words}
    </span>
  );
}

function Actions({ run }: { readonly run: RunResponse }): JSX.Element | null {
  if (!mayChange(run)) return null;
  const { isFinal } = stateOf(run);
  const open = (name: string) => (): void => changeQuery({ do: name });
  return (
    <div class="run-actions">
      <button type="button" class="button" onClick={open("edit")}>
        Name and labels
      </button>
      <button type="button" class="button" onClick={open("share")}>
        Share{run.shared_with.length > 0 && ` (${run.shared_with.length})`}
      </button>
      {!isFinal && (
        <button type="button" class="button button-danger" onClick={open("cancel")}>
          {run.cancel_requested_at ? "Stopping …" : "Cancel the run"}
        </button>
      )}
      {run.status === "completed" && (
        <a class="button" href={`/runs/new?${new URLSearchParams({ from: run.run_id })}`}>
          Run again with changes
        </a>
      )}
      {(run.status === "failed" || run.status === "cancelled") && (
        <button type="button" class="button button-primary" onClick={open("recover")}>
          Recover
        </button>
      )}
    </div>
  );
}

function Labels({ run }: { readonly run: RunResponse }): JSX.Element | null {
  if (run.labels.length === 0) return null;
  return (
    <p class="run-labels">
      {run.labels.map((label) => (
        <a class="label" key={label} href={`/runs?${new URLSearchParams({ label })}`}>
          {label}
        </a>
      ))}
    </p>
  );
}

function Facts({ run }: { readonly run: RunResponse }): JSX.Element {
  const { isFinal } = stateOf(run);
  const took = elapsedMs(run, isFinal ? 0 : second.value);
  return (
    <dl class="facts">
      <Fact name="Pipeline">
        {run.pipeline} <span class="quiet">{run.pipeline_version}</span>
      </Fact>
      <Fact name="Samples">{run.sample_count.toLocaleString("en")}</Fact>
      <Fact name="Owner">{run.user_name ?? run.user_email}</Fact>
      <Fact name="Created">
        <Ago at={run.created_at} />
      </Fact>
      {took !== null && <Fact name={isFinal ? "Took" : "Running for"}>{duration(isFinal ? took : atLeastASecond(took))}</Fact>}
      {run.source_project && <Fact name="Project">{run.source_project}</Fact>}
      {run.parent_run_id && (
        <Fact name="Recovers">
          <a href={runPath(run.parent_run_id)}>
            <code>{run.parent_run_id}</code>
          </a>
          {run.recovery_notes && <span class="quiet"> {run.recovery_notes}</span>}
        </Fact>
      )}
      {run.recovery_run_id && (
        <Fact name="Recovered by">
          <a href={runPath(run.recovery_run_id)}>
            <code>{run.recovery_run_id}</code>
          </a>
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
