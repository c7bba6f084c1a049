import type { JSX } from "preact";
import type { FailureInfo, FailureList } from "../../../generated/api.ts";
import { api, fresh, ifChanged } from "../../api/client.ts";
import { runPath } from "../../router/address.ts";
import { navigate, query } from "../../router/navigation.ts";
import { CAUSES } from "../../rules/causes.ts";
import { seenWords } from "../../rules/insight/failures.ts";
import { me } from "../../stores/me.ts";
import { Empty, ErrorNotice } from "../../ui/notices.tsx";
import { usePolled } from "../../ui/polled.ts";
import { Ago } from "../../ui/time.tsx";
import { useTitle } from "../../ui/title.ts";
import { type Selection, askedOf, failuresAddress, selectionIn } from "./selection.ts";

/** Why runs failed in the last 90 days, each failure once. */
export function FailuresPage(): JSX.Element {
  useTitle("Failures");
  const selection = selectionIn(query.value);
  return (
    <>
      <header class="page-head">
        <h1 tabIndex={-1}>Failures</h1>
      </header>
      {me.value?.is_admin && (
        <label class="check">
          <input
            type="checkbox"
            checked={selection.everybody}
            onChange={(event) => navigate(failuresAddress({ everybody: event.currentTarget.checked, cursor: "" }))}
          />
          Runs of everybody
        </label>
      )}
      <Found selection={selection} />
    </>
  );
}

function Found({ selection }: { readonly selection: Selection }): JSX.Element {
  const poller = usePolled(
    JSON.stringify(selection),
    (etag, signal) => fresh(api.GET("/api/failures", { params: { query: askedOf(selection) }, headers: ifChanged(etag), signal })),
    null,
  );
  const error = poller.error.value;
  const page = poller.value.value;
  if (error) return <ErrorNotice error={error} onRetry={() => poller.refresh()} />;
  if (!page) return <p class="quiet">Loading the failures …</p>;
  if (page.failures.length === 0) {
    return (
      <Empty title={selection.cursor ? "No more failures" : "No run has failed"}>
        <p>Failures of the last 90 days stand here, each once, however many runs had it.</p>
      </Empty>
    );
  }
  return (
    <div class={poller.isLoading.value ? "is-old stack" : "stack"} aria-busy={poller.isLoading.value}>
      <p class="quiet">Failures of the last 90 days, each once. In their lines, … stands for what differs from run to run.</p>
      <ol class="hits">
        {page.failures.map((failure) => (
          <Failure key={failure.fingerprint} failure={failure} />
        ))}
      </ol>
      <Pages page={page} selection={selection} />
    </div>
  );
}

function Failure({ failure }: { readonly failure: FailureInfo }): JSX.Element {
  const { cause, process, line, times, last_at, run_ids } = failure;
  return (
    <li>
      <p class="hit-head">
        <strong>{CAUSES[cause]}</strong>
        {process && <code>{process}</code>}
        <span class="quiet">{seenWords(failure)}</span>
        <Ago at={last_at} />
      </p>
      {line && <code class="hit-line">{line}</code>}
      <p class="hit-head quiet small">
        {run_ids.map((runId) => (
          <a key={runId} href={runPath(runId)}>
            {runId}
          </a>
        ))}
        {times > run_ids.length && <span>and {(times - run_ids.length).toLocaleString("en")} older</span>}
      </p>
    </li>
  );
}

function Pages({ page, selection }: { readonly page: FailureList; readonly selection: Selection }): JSX.Element {
  return (
    <nav class="pages" aria-label="Pages of the failures">
      <span class="quiet" aria-live="polite">
        {page.total.toLocaleString("en")}
        {page.total_capped ? " and more" : ""} {page.total === 1 ? "failure" : "failures"}
      </span>
      <span class="pages-buttons">
        {selection.cursor && (
          <a class="button" href={failuresAddress({ ...selection, cursor: "" })}>
            Newest
          </a>
        )}
        {page.next_cursor && (
          <a class="button" href={failuresAddress({ ...selection, cursor: page.next_cursor })}>
            Older
          </a>
        )}
      </span>
    </nav>
  );
}
