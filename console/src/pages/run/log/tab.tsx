import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { RunResponse } from "../../../../generated/api.ts";
import { api, followStream, unwrap } from "../../../api/client.ts";
import { waitOrOnline } from "../../../net/waiting.ts";
import { changeQuery, navigate, place, query } from "../../../router/navigation.ts";
import { runPath } from "../../../router/address.ts";
import { indexOfEntry } from "../../../rules/log/buffer.ts";
import { stateOf } from "../../../rules/run_state.ts";
import { say, sayError } from "../../../stores/toasts.ts";
import { Empty, ErrorNotice, StaleNotice } from "../../../ui/notices.tsx";
import { type LogQuery, LogStore, type LogWire } from "./store.ts";
import { LogTools } from "./tools.tsx";
import { LogView } from "./view.tsx";

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"] as const;

/** The log of a run, at its end at first; `#e1234` shows entry 1234, `?find=` the first entry with a text. */
export function LogTab({ run }: { readonly run: RunResponse }): JSX.Element {
  const level = LEVELS.find((one) => one === query.value.get("level")) ?? "";
  const search = (query.value.get("search") ?? "").slice(0, 200);
  const store = useLogStore(run.run_id, level, search);
  const wanted = Number(/^#e(\d{1,9})$/.exec(place.value.hash)?.[1] ?? Number.NaN);
  const target = Number.isNaN(wanted) ? null : wanted;
  useEffect(() => open(store, target), [store, target]);
  useFind(run.run_id);
  const buffer = store.buffer.value;
  return (
    <div class="stack-tight">
      <LogTools runId={run.run_id} levels={LEVELS} level={level} search={search} words={wordsFor(store)} />
      {buffer.entries.length > 0 && <StaleNotice error={store.error.value} />}
      {buffer.entries.length > 0 ? (
        <LogView store={store} search={search} target={target} key={`${level} ${search}`} />
      ) : (
        <Nothing run={run} store={store} />
      )}
    </div>
  );
}

function useLogStore(runId: string, level: string, search: string): LogStore {
  const store = useMemo(
    () => new LogStore({ ...(level && { level: level as NonNullable<LogQuery["level"]> }), ...(search && { search }) }, wireFor(runId)),
    [runId, level, search],
  );
  useEffect(() => () => store.stop(), [store]);
  return store;
}

function wireFor(runId: string): LogWire {
  return {
    ask: (asked, signal) =>
      unwrap(api.GET("/api/runs/{run_id}/logs", { params: { path: { run_id: runId }, query: asked }, signal })) as ReturnType<LogWire["ask"]>,
    follow: (offset, onEvent, signal) =>
      followStream({ url: `${location.origin}/api/runs/${runId}/logs/stream?offset=${offset}`, onEvent, signal }),
    wait: waitOrOnline,
  };
}

function open(store: LogStore, target: number | null): void {
  const held = store.buffer.peek().entries;
  if (target === null || store.isFiltered) {
    if (held.length === 0) void store.openEnd();
  } else if (indexOfEntry(held, target) === -1) void store.openAt(target);
}

/** Turns `?find=` into the entry that it means. */
function useFind(runId: string): void {
  const text = query.value.get("find") ?? "";
  useEffect(() => {
    if (!text) return;
    const asked = { search: text.slice(0, 200), limit: 1 };
    unwrap(api.GET("/api/runs/{run_id}/logs", { params: { path: { run_id: runId }, query: asked } }))
      .then((page) => {
        const entry = typeof page === "object" ? page.entries[0] : undefined;
        if (entry) navigate(`${runPath(runId, "log")}#e${entry.number}`, { replace: true });
        else {
          changeQuery({ find: null }, { replace: true });
          say("That line is not in the log", "It may be from another file of the run, or its entry is written differently.", "bad");
        }
      })
      .catch(sayError);
  }, [runId, text]);
}

function wordsFor(store: LogStore): string {
  const total = `${store.total.value} ${store.total.value === "1" ? "entry" : "entries"}`;
  switch (store.state.value) {
    case "loading":
      return "";
    case "restoring":
      return "being read again …";
    case "growing":
      return `${total}, growing`;
    case "complete":
      return total;
  }
}

function Nothing({ run, store }: { readonly run: RunResponse; readonly store: LogStore }): JSX.Element {
  if (store.error.value) return <ErrorNotice error={store.error.value} onRetry={() => void store.openEnd()} />;
  if (store.state.value === "loading") return <p role="status">Loading the log …</p>;
  if (store.state.value === "restoring") {
    return (
      <Empty title="The log is being read again">
        <p>Entries of old runs are kept in an archive. This takes some seconds; the log appears by itself.</p>
      </Empty>
    );
  }
  if (store.isFiltered) {
    return (
      <Empty title="No entry matches">
        <p>Other words or a lower level may find it.</p>
        <a class="button" href={runPath(run.run_id, "log")}>
          Show the whole log
        </a>
      </Empty>
    );
  }
  return (
    <Empty title={stateOf(run).isFinal ? "This run has no log" : "No log yet"}>
      <p>{stateOf(run).isFinal ? "Nextflow wrote none before the run ended." : "It appears here as soon as Nextflow starts to write."}</p>
    </Empty>
  );
}
