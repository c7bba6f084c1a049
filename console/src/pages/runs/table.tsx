import type { JSX } from "preact";
import type { RunResponse } from "../../../generated/api.ts";
import { runPath } from "../../router/address.ts";
import { reasonFor } from "../../rules/causes.ts";
import { costOfRun } from "../../rules/insight/cost.ts";
import { elapsedMs, progressOf, stateOf } from "../../rules/run_state.ts";
import { duration } from "../../rules/times.ts";
import { now } from "../../stores/clock.ts";
import { GlyphIcon } from "../../ui/icons.tsx";
import { ProgressBar, StateBadge } from "../../ui/state.tsx";
import { Ago } from "../../ui/time.tsx";
import { type Selection, addressOf, changed } from "./selection.ts";

interface TableProps {
  readonly runs: readonly RunResponse[];
  readonly selection: Selection;
  readonly showsOwner: boolean;
}

/** The runs as a table; on a phone each row becomes a card. */
export function RunTable({ runs, selection, showsOwner }: TableProps): JSX.Element {
  return (
    <div class="table-frame">
      <table class="runs">
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Run</th>
            <th scope="col">Progress</th>
            <th scope="col" class="number">
              Samples
            </th>
            {showsOwner && <th scope="col">Owner</th>}
            <th scope="col" class="number">
              Took
            </th>
            <th scope="col" class="number">
              Cost
            </th>
            <th scope="col">Created</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <Row key={run.run_id} run={run} selection={selection} showsOwner={showsOwner} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  readonly run: RunResponse;
  readonly selection: Selection;
  readonly showsOwner: boolean;
}

function Row({ run, selection, showsOwner }: RowProps): JSX.Element {
  const progress = progressOf(run.metrics);
  const took = elapsedMs(run, now.value);
  return (
    <tr>
      <td class="cell-state">
        <StateBadge run={run} />
      </td>
      <td class="cell-run">
        <Title run={run} selection={selection} />
      </td>
      <td class="cell-progress">
        {progress ? <ProgressBar progress={progress} isOver={stateOf(run).isFinal} /> : <span class="quiet">{stateOf(run).isFinal ? "no tasks" : "no tasks yet"}</span>}
      </td>
      <td class="cell-samples number">
        {run.sample_count.toLocaleString("en")}
        <span class="only-phone"> {run.sample_count === 1 ? "sample" : "samples"}</span>
      </td>
      {showsOwner && <td class="cell-owner">{run.user_name ?? run.user_email}</td>}
      <td class="cell-took number">{took === null ? <span class="quiet">–</span> : duration(took)}</td>
      <td class="cell-cost number" title="Estimated by list prices">
        {run.cost ? costOfRun(run.cost) : <span class="quiet">–</span>}
      </td>
      <td class="cell-created quiet">
        <Ago at={run.created_at} />
      </td>
    </tr>
  );
}

function Title({ run, selection }: { readonly run: RunResponse; readonly selection: Selection }): JSX.Element {
  const pipeline = run.pipeline.slice(run.pipeline.indexOf("/") + 1);
  const reason = run.status === "failed" ? reasonFor(run) : "";
  return (
    <>
      <span class="run-title">
        <a class="run-link" href={runPath(run.run_id)}>
          {run.name ?? pipeline}
        </a>
        {run.starred && (
          <span class="starred" title="Starred">
            <GlyphIcon glyph="star" filled />
            <span class="visually-hidden">starred</span>
          </span>
        )}
        {run.labels.map((label) => (
          <a key={label} class="label" href={addressOf(changed(selection, { label }))} title={`Runs with the label ${label}`}>
            {label}
          </a>
        ))}
      </span>
      <span class="run-facts">
        <code>{run.run_id}</code>
        <span>
          {run.name ? `${pipeline} ` : ""}
          {run.pipeline_version}
        </span>
        {run.source_project && <span>{run.source_project}</span>}
        {run.is_recovery && <span>recovers {run.parent_run_id}</span>}
        {run.recovery_run_id && <span>recovered by {run.recovery_run_id}</span>}
      </span>
      {reason && <span class="run-why">{reason}</span>}
    </>
  );
}

/** The shape of the table while its rows are on their way, so that nothing jumps. */
export function TablePlaceholder(): JSX.Element {
  return (
    <div class="table-frame placeholder" role="status">
      <span class="visually-hidden">Loading the runs</span>
      {Array.from({ length: 8 }, (_, index) => (
        <div class="placeholder-row" key={index}>
          <span />
          <span />
          <span />
        </div>
      ))}
    </div>
  );
}
