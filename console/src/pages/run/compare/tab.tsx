import type { ComponentChildren, JSX, TargetedSubmitEvent } from "preact";
import type { RunComparison, RunResponse } from "../../../../generated/api.ts";
import { ApiError } from "../../../api/errors.ts";
import { api, fresh, ifChanged } from "../../../api/client.ts";
import { changeQuery, query } from "../../../router/navigation.ts";
import { LAST_SUCCESS, costWords, isEmpty, otherRun } from "../../../rules/insight/comparison.ts";
import { Empty, ErrorNotice, StaleNotice } from "../../../ui/notices.tsx";
import { usePolled } from "../../../ui/polled.ts";
import { BothRuns } from "./both_runs.tsx";
import { ConfigChanges, ParamChanges, SheetChanges } from "./inputs.tsx";
import { ProcessChanges } from "./processes.tsx";
import { TaskChanges } from "./tasks.tsx";

const RUN_ID = "run-[0-9a-f]{8}";

/**
 * What differs between this run and another one: the one that the address names, else the run that it recovers, else
 * the last success of its pipeline.
 */
export function CompareTab({ run }: { readonly run: RunResponse }): JSX.Element {
  const other = otherRun(query.value.get("with"), run);
  const poller = usePolled(
    `${run.run_id} ${other}`,
    (etag, signal) => {
      const options = { headers: ifChanged(etag), signal };
      if (!other) return fresh(api.GET("/api/runs/{run_id}/compare", { params: { path: { run_id: run.run_id } }, ...options }));
      const path = { run_id: run.run_id, with_run_id: other };
      return fresh(api.GET("/api/runs/{run_id}/compare/{with_run_id}", { params: { path }, ...options }));
    },
    null,
  );
  const found = poller.value.value;
  const error = poller.error.value;
  const otherId = other || (found?.with_run_id ?? "");
  return (
    <div class="stack">
      <OtherRun run={run} other={otherId} />
      {!(error && !found) && <BothRuns run={run} otherId={otherId} />}
      {error && !found ? (
        <Failure error={error} isDefault={!other} onRetry={() => poller.refresh()} />
      ) : (
        <StaleNotice error={error} />
      )}
      {found ? <Shown found={found} /> : !error && <Comparing />}
    </div>
  );
}

function Comparing(): JSX.Element {
  return (
    <div role="status">
      <p>Comparing the runs …</p>
      <div class="placeholder placeholder-row" aria-hidden="true">
        <span />
        <span />
        <span />
      </div>
    </div>
  );
}

function OtherRun({ run, other }: { readonly run: RunResponse; readonly other: string }): JSX.Element {
  const compare = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    changeQuery({ with: String(new FormData(event.currentTarget).get("with") ?? "").trim() });
  };
  return (
    <form class="compare-form" onSubmit={compare} key={other}>
      <label class="field">
        Compared with
        <input name="with" required pattern={RUN_ID} placeholder="run-1a2b3c4d" title="The id of a run" defaultValue={other} />
      </label>
      <button type="submit" class="button">
        Compare
      </button>
      {run.parent_run_id && <Shortcuts parent={run.parent_run_id} other={other} />}
    </form>
  );
}

/** A recovery has two runs that one would compare it with. */
function Shortcuts({ parent, other }: { readonly parent: string; readonly other: string }): JSX.Element {
  return other === parent ? (
    <button type="button" class="link-button" onClick={() => changeQuery({ with: LAST_SUCCESS })}>
      Compare with the last completed run
    </button>
  ) : (
    <button type="button" class="link-button" onClick={() => changeQuery({ with: null })}>
      Compare with the run that this one recovers
    </button>
  );
}

interface FailureProps {
  readonly error: unknown;
  readonly isDefault: boolean;
  onRetry(): void;
}

function Failure({ error, isDefault, onRetry }: FailureProps): JSX.Element {
  if (!(isDefault && error instanceof ApiError && error.status === 404)) return <ErrorNotice error={error} onRetry={onRetry} />;
  return (
    <Empty title="No earlier run of this pipeline has completed">
      <p>Enter the id of a run above to compare this one with it.</p>
    </Empty>
  );
}

function Shown({ found }: { readonly found: RunComparison }): JSX.Element {
  return (
    <>
      {isEmpty(found) && found.unknown.length === 0 && (
        <Empty title="Nothing differs">
          <p>Both runs had the same inputs, and their tasks ended alike.</p>
        </Empty>
      )}
      {found.unknown.length > 0 && (
        <Part title="Not known">
          <ul class="unknown">
            {found.unknown.map((words) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
        </Part>
      )}
      {costWords(found) && <Part title="Cost"><p>{costWords(found)}</p></Part>}
      {found.params.length > 0 && <Part title="Parameters"><ParamChanges params={found.params} /></Part>}
      {found.config.length > 0 && <Part title="Config"><ConfigChanges lines={found.config} /></Part>}
      {found.sheet.rows.length > 0 && <Part title="Samplesheet"><SheetChanges sheet={found.sheet} /></Part>}
      {found.processes.length > 0 && <Part title="Processes"><ProcessChanges found={found} /></Part>}
      {found.different_tasks > 0 && <Part title="Tasks"><TaskChanges found={found} /></Part>}
    </>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ComponentChildren }): JSX.Element {
  const id = `compare-${title.toLowerCase().replace(" ", "-")}`;
  return (
    <section class="panel" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}
