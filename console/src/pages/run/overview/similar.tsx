import type { JSX } from "preact";
import type { RunResponse, SimilarFailures } from "../../../../generated/api.ts";
import { api, fresh, ifChanged } from "../../../api/client.ts";
import { runPath } from "../../../router/address.ts";
import { changeWords, timesWords } from "../../../rules/insight/failures.ts";
import { Ago } from "../../../ui/time.tsx";
import { usePolled } from "../../../ui/polled.ts";

const MOST_LINKS = 5;

/** Whether the failure was seen before, and what helped then; nothing while that is not known. */
export function SimilarRuns({ run }: { readonly run: RunResponse }): JSX.Element | null {
  const poller = usePolled(
    run.run_id,
    (etag, signal) =>
      fresh(
        api.GET("/api/runs/{run_id}/failure", {
          params: { path: { run_id: run.run_id } },
          headers: ifChanged(etag),
          signal,
        }),
      ),
    null,
  );
  const found = poller.value.value;
  if (!found || (found.times < 2 && !found.overcome)) return null;
  const others = found.runs.filter(({ run_id }) => run_id !== run.run_id);
  return (
    <div class="similar">
      <h3>Seen before</h3>
      {found.times > 1 && (
        <p>
          {timesWords(found)}, first <Ago at={found.first_at} />.{" "}
          {others.slice(0, MOST_LINKS).map(({ run_id, name }, index) => (
            <span key={run_id}>
              {index > 0 && ", "}
              <a href={runPath(run_id)}>{name ?? run_id}</a>
            </span>
          ))}
          {found.times - 1 > MOST_LINKS && " and others"}
        </p>
      )}
      {found.overcome && <WhatHelped overcome={found.overcome} />}
    </div>
  );
}

function WhatHelped({ overcome }: { readonly overcome: NonNullable<SimilarFailures["overcome"]> }): JSX.Element {
  return (
    <div>
      <p>
        <a href={runPath(overcome.run_id)}>{overcome.run_id}</a> got over it
        {overcome.changes.length > 0 ? ", after these changes:" : " without a change: recovering was enough."}
      </p>
      {overcome.changes.length > 0 && (
        <ul>
          {overcome.changes.map((change) => (
            <li key={`${change.kind} ${change.name} ${String(change.after)}`}>{changeWords(change)}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
