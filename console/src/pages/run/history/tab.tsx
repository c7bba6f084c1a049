import type { JSX } from "preact";
import { useCallback } from "preact/hooks";
import type { HistoryEntry, HistoryPage, RunResponse } from "../../../../generated/api.ts";
import { api, unwrap } from "../../../api/client.ts";
import { factsOf, sentenceFor } from "../../../rules/history.ts";
import { Empty, ErrorNotice, StaleNotice } from "../../../ui/notices.tsx";
import { usePolled } from "../../../ui/polled.ts";
import { Moment } from "../../../ui/time.tsx";
import { useBeats } from "../live.ts";

/** What happened to a run, oldest first. */
export function HistoryTab({ run }: { readonly run: RunResponse }): JSX.Element {
  const poller = usePolled(run.run_id, async (_etag, signal) => ({ value: await historyOf(run.run_id, signal), etag: null }), null);
  useBeats(useCallback(() => poller.refresh(), [poller]));
  const entries = poller.value.value;
  if (!entries) {
    if (poller.error.value) return <ErrorNotice error={poller.error.value} onRetry={() => poller.refresh()} />;
    return <p role="status">Loading the history …</p>;
  }
  if (entries.length === 0) {
    return (
      <Empty title="Nothing has happened yet">
        <p>Every change of the run is listed here.</p>
      </Empty>
    );
  }
  return (
    <>
      <StaleNotice error={poller.error.value} />
      <ol class="history">
        {entries.map((entry) => (
          <Entry key={entry.number} entry={entry} />
        ))}
      </ol>
    </>
  );
}

async function historyOf(runId: string, signal: AbortSignal): Promise<readonly HistoryEntry[]> {
  const entries: HistoryEntry[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const page: HistoryPage = await unwrap(
      api.GET("/api/runs/{run_id}/history", {
        params: { path: { run_id: runId }, query: { page_size: 100, ...(cursor && { cursor }) } },
        signal,
      }),
    );
    entries.push(...page.entries);
    cursor = page.next_cursor;
  }
  return entries;
}

function Entry({ entry }: { readonly entry: HistoryEntry }): JSX.Element {
  const facts = factsOf(entry);
  return (
    <li>
      <p class="quiet small">
        <Moment at={entry.at} /> · {entry.by ?? "Sluice"}
      </p>
      <p>{sentenceFor(entry)}</p>
      {facts.length > 0 && (
        <details class="more">
          <summary>Details</summary>
          <dl class="pairs">
            {facts.map(([name, value]) => (
              <>
                <dt key={`${name}-name`}>{name}</dt>
                <dd key={name}>
                  <code>{value}</code>
                </dd>
              </>
            ))}
          </dl>
        </details>
      )}
    </li>
  );
}
