import type { ComponentChildren, JSX } from "preact";
import type { RunResponse } from "../../../../generated/api.ts";
import { api, fresh } from "../../../api/client.ts";
import { runPath } from "../../../router/address.ts";
import { elapsedMs } from "../../../rules/run_state.ts";
import { duration } from "../../../rules/times.ts";
import { second } from "../../../stores/second.ts";
import { usePolled } from "../../../ui/polled.ts";
import { StateBadge } from "../../../ui/state.tsx";
import { Ago } from "../../../ui/time.tsx";

interface Props {
  readonly run: RunResponse;
  /** The id of the other run; empty while only the service knows which one it is. */
  readonly otherId: string;
}

/**
 * What is known of both runs before the service has compared them, which takes a second for 100,000 tasks. The table is
 * as large with the other run as without it, so that nothing moves when it arrives.
 */
export function BothRuns({ run, otherId }: Props): JSX.Element {
  return (
    <section class="panel" aria-labelledby="compare-runs">
      <h2 id="compare-runs">Both runs</h2>
      <p class="quiet">
        What differs is listed below: inputs first, then processes that were slower than usual, failed more often or asked
        for other resources, and then single tasks that ended differently or that only one of the runs has. Tasks that only
        took longer, or ran on another machine, are not listed.
      </p>
      {otherId ? <WithOther run={run} otherId={otherId} /> : <Facts run={run} other={null} otherId="" />}
    </section>
  );
}

function WithOther({ run, otherId }: Props): JSX.Element {
  const poller = usePolled(
    otherId,
    (_etag, signal) => fresh(api.GET("/api/runs/{run_id}", { params: { path: { run_id: otherId } }, signal })),
    null,
  );
  return <Facts run={run} other={poller.value.value} otherId={otherId} />;
}

interface FactsProps extends Props {
  /** Null until it is read; if it cannot be read, the comparison says why. */
  readonly other: RunResponse | null;
}

const ROWS: readonly (readonly [name: string, of: (run: RunResponse) => ComponentChildren])[] = [
  ["Release", (run) => `${run.pipeline} ${run.pipeline_version}`],
  ["State", (run) => <StateBadge run={run} />],
  ["Created", (run) => <Ago at={run.created_at} />],
  ["Took", tookWords],
  ["Samples", (run) => run.sample_count.toLocaleString("en")],
  ["Tasks", (run) => run.metrics?.total.toLocaleString("en") ?? "–"],
];

function tookWords(run: RunResponse): string {
  const took = elapsedMs(run, second.value);
  return took === null ? "–" : duration(took);
}

function Facts({ run, other, otherId }: FactsProps): JSX.Element {
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label="Both runs">
      <table class="plain-table both-runs">
        <thead>
          <tr>
            <td />
            <th scope="col">{otherId ? <a href={runPath(otherId)}>{other?.name ?? otherId}</a> : "Other run"}</th>
            <th scope="col">This run</th>
          </tr>
        </thead>
        <tbody>
          {ROWS.map(([name, of]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{other ? of(other) : "…"}</td>
              <td>{of(run)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
