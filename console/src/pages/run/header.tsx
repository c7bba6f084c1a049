import type { ComponentChildren, JSX } from "preact";
import type { RunResponse } from "../../../generated/api.ts";
import { elapsedMs, progressOf, stateOf } from "../../rules/run_state.ts";
import { duration } from "../../rules/times.ts";
import { now } from "../../stores/clock.ts";
import { ProgressBar, StateBadge } from "../../ui/state.tsx";
import { Ago } from "../../ui/time.tsx";
import type { Liveness } from "./live.ts";

interface Props {
  readonly run: RunResponse;
  readonly liveness: Liveness;
}

/** What a run is and how it stands. */
export function RunHeader({ run, liveness }: Props): JSX.Element {
  const progress = progressOf(run.metrics);
  const took = elapsedMs(run, now.value);
  return (
    <header class="run-head">
      <nav class="crumbs" aria-label="Where you are">
        <a href="/runs">Runs</a> <span aria-hidden="true">/</span> <code>{run.run_id}</code>
      </nav>
      <div class="page-head">
        <h1 tabIndex={-1}>{run.name ?? run.pipeline}</h1>
        <StateBadge run={run} />
        {liveness === "waiting" && <span class="quiet small">connecting …</span>}
      </div>
      {run.status_detail && <p class="run-detail">{run.status_detail}</p>}
      {progress && <ProgressBar progress={progress} isOver={stateOf(run).isFinal} />}
      <dl class="facts">
        <Fact name="Pipeline">
          {run.pipeline} {run.pipeline_version}
        </Fact>
        <Fact name="Samples">{run.sample_count.toLocaleString("en")}</Fact>
        <Fact name="Owner">{run.user_name ?? run.user_email}</Fact>
        <Fact name="Created">
          <Ago at={run.created_at} />
        </Fact>
        {took !== null && <Fact name="Took">{duration(took)}</Fact>}
        {run.source_project && <Fact name="Project">{run.source_project}</Fact>}
      </dl>
    </header>
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
