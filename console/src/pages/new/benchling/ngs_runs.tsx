import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { NgsRunInfo, NgsRunListResponse } from "../../../../generated/api.ts";
import { api, unwrap } from "../../../api/client.ts";
import { isAbort } from "../../../net/waiting.ts";
import { Empty, ErrorNotice } from "../../../ui/notices.tsx";
import { GlyphIcon } from "../../../ui/icons.tsx";

const SETTLED_AFTER_MS = 350;

interface Props {
  onChoose(name: string): void;
}

interface Found {
  readonly runs: readonly NgsRunInfo[];
  readonly cursor: string | null;
}

/** The sequencing runs in Benchling, newest first. */
export function NgsRuns({ onChoose }: Props): JSX.Element {
  const [name, setName] = useState("");
  const { found, error, isLoading, more, again } = useNgsRuns(name);
  return (
    <div class="picker">
      <Search onSearch={setName} />
      {error !== null && <ErrorNotice error={error} onRetry={again} />}
      {found?.runs.length === 0 && !isLoading && (
        <Empty title={name ? "No sequencing run has this in its name" : "Benchling has no sequencing runs yet"}>
          <p>{name ? "Try a shorter part of the name." : "You can paste a samplesheet instead."}</p>
        </Empty>
      )}
      <ul class={isLoading ? "picker-list is-old" : "picker-list"} aria-busy={isLoading}>
        {found?.runs.map((run) => (
          <li key={run.name}>
            <button type="button" class="picker-row" onClick={() => onChoose(run.name)}>
              <strong>{run.name}</strong>
              <span class="number">{run.library_count.toLocaleString("en")} libraries</span>
              <span class="quiet small">
                {[run.completed_on ?? "not completed", run.instrument, run.projects.join(", ")].filter(Boolean).join(" · ")}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {!found && isLoading && <p role="status">Asking Benchling …</p>}
      {found?.cursor && (
        <button type="button" class="button" onClick={more} disabled={isLoading}>
          Show older runs
        </button>
      )}
    </div>
  );
}

function Search({ onSearch }: { onSearch(name: string): void }): JSX.Element {
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <label class="search">
      <GlyphIcon glyph="search" />
      <span class="visually-hidden">Name of the sequencing run</span>
      <input type="search" maxLength={200} placeholder="Part of the name of a sequencing run"
        onInput={(event) => {
          const text = event.currentTarget.value.trim();
          clearTimeout(timer.current);
          timer.current = window.setTimeout(() => onSearch(text), SETTLED_AFTER_MS);
        }} />
    </label>
  );
}

interface NgsRunsState {
  readonly found: Found | null;
  readonly error: unknown;
  readonly isLoading: boolean;
  more(): void;
  again(): void;
}

function useNgsRuns(name: string): NgsRunsState {
  const [found, setFound] = useState<Found | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isLoading, setIsLoading] = useState(true);
  const [attempt, setAttempt] = useState(0);
  const stopped = useRef(new AbortController());
  const load = async (cursor: string | null, before: readonly NgsRunInfo[]): Promise<void> => {
    stopped.current.abort();
    const asked = (stopped.current = new AbortController());
    setIsLoading(true);
    try {
      const page = await ask(name, cursor, asked.signal);
      setFound({ runs: [...before, ...page.runs], cursor: page.next_cursor ?? null });
      setError(null);
    } catch (reason) {
      if (isAbort(reason)) return;
      setError(reason);
    }
    setIsLoading(false);
  };
  useEffect(() => {
    void load(null, []);
    return () => stopped.current.abort();
  }, [name, attempt]);
  const more = (): void => void load(found?.cursor ?? null, found?.runs ?? []);
  return { found, error, isLoading, more, again: () => setAttempt(attempt + 1) };
}

function ask(name: string, cursor: string | null, signal: AbortSignal): Promise<NgsRunListResponse> {
  const query = { page_size: 25, ...(name && { name }), ...(cursor && { cursor }) };
  return unwrap(api.GET("/api/benchling/runs", { params: { query }, signal }));
}
