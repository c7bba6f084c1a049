import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { RunInputsResponse, RunResponse } from "../../../../generated/api.ts";
import { api, fresh, ifChanged } from "../../../api/client.ts";
import { shownValue } from "../../../rules/overrides.ts";
import { tableIn } from "../../../rules/tables.ts";
import { CopyButton } from "../../../ui/copy.tsx";
import { ErrorNotice } from "../../../ui/notices.tsx";
import { usePolled } from "../../../ui/polled.ts";
import { TextView } from "../../../ui/text/view.tsx";
import { TableView } from "../../../ui/table_view.tsx";

/** What a run was started with, as it was sent. */
export function InputsTab({ run }: { readonly run: RunResponse }): JSX.Element {
  const poller = usePolled(
    run.run_id,
    (etag, signal) =>
      fresh(api.GET("/api/runs/{run_id}/inputs", { params: { path: { run_id: run.run_id } }, headers: ifChanged(etag), signal })),
    null,
  );
  const inputs = poller.value.value;
  if (!inputs) {
    if (poller.error.value) return <ErrorNotice error={poller.error.value} onRetry={() => poller.refresh()} />;
    return <p role="status">Loading the inputs …</p>;
  }
  return (
    <div class="stack">
      <div class="notice-foot">
        <a class="button button-primary" href={`/runs/new?from=${run.run_id}`}>
          Run again with changes
        </a>
        <CopyButton text={JSON.stringify(inputs, null, 2)} what="the inputs as JSON" words="Copy as JSON" />
      </div>
      <Params inputs={inputs} />
      <Samplesheet text={inputs.samplesheet_csv} />
      <section class="panel" aria-labelledby="config">
        <h2 id="config">Config</h2>
        {inputs.config_content ? (
          <TextView text={inputs.config_content} label="Config" atEnd={false} />
        ) : (
          <p class="quiet">None: the pipeline's own settings.</p>
        )}
      </section>
    </div>
  );
}

function Params({ inputs }: { readonly inputs: RunInputsResponse }): JSX.Element {
  const params = Object.entries(inputs.params);
  return (
    <section class="panel" aria-labelledby="params">
      <h2 id="params">Parameters</h2>
      {params.length === 0 && <p class="quiet">None: the pipeline's defaults.</p>}
      <dl class="pairs">
        {params.map(([name, value]) => (
          <>
            <dt key={`${name}-name`}>{name}</dt>
            <dd key={name}>
              <code>{shownValue(value)}</code>
            </dd>
          </>
        ))}
      </dl>
    </section>
  );
}

function Samplesheet({ text }: { readonly text: string }): JSX.Element {
  const table = useMemo(() => tableIn(text, ","), [text]);
  return (
    <section class="panel" aria-labelledby="sheet">
      <h2 id="sheet">
        Samplesheet <span class="quiet small">{Math.max(0, table.length - 1).toLocaleString("en")} rows</span>
      </h2>
      <TableView rows={table} label="Samplesheet" />
      <div class="notice-foot">
        <CopyButton text={text} what="the samplesheet" words="Copy the samplesheet" />
      </div>
    </section>
  );
}
