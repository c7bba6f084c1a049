import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { FileInfo, RunResponse } from "../../../../generated/api.ts";
import { api, unwrap } from "../../../api/client.ts";
import { changeQuery, query } from "../../../router/navigation.ts";
import { stateOf } from "../../../rules/run_state.ts";
import { now } from "../../../stores/clock.ts";
import { Empty, ErrorNotice, StaleNotice } from "../../../ui/notices.tsx";
import { SearchField } from "../../../ui/search_field.tsx";
import { Preview } from "./preview.tsx";
import { FileStore, type Files, GROUPS, type Group } from "./store.ts";
import { Tree } from "./tree.tsx";

const WORDS: Readonly<Record<Group, string>> = { results: "Results", logs: "Logs", inputs: "Inputs" };
const LINKS_LAST_MS = 10 * 60_000; // links work for 12 minutes at least

/** The files of a run as trees, and one of them beside them. */
export function FilesTab({ run }: { readonly run: RunResponse }): JSX.Element {
  const store = useFiles(run.run_id);
  const [search, setSearch] = useState("");
  const files = store.files.value;
  const shown = fileIn(files, store.report.value, query.value.get("file") ?? "");
  const isEmpty = GROUPS.every((group) => files[group].length === 0);
  if (isEmpty && store.error.value) return <ErrorNotice error={store.error.value} onRetry={() => void store.load()} />;
  if (isEmpty && !store.isWhole.value) return <p role="status">Loading the files …</p>;
  if (isEmpty) return <Nothing run={run} />;
  return (
    <div class={shown ? "with-preview" : ""}>
      <div class="stack-tight">
        <StaleNotice error={store.error.value} />
        <div class="filters-row">
          <SearchField words="Search files by name" value={search} onSearch={setSearch} />
          <Report report={store.report.value} />
          <span class="quiet small" role="status">
            {store.total.value} files{store.isLoading.value && ", loading …"}
          </span>
        </div>
        {GROUPS.map((group) => (
          <GroupPanel key={group} group={group} files={matching(files[group], search)} isSearched={search !== ""} />
        ))}
        {!store.isWhole.value && !store.isLoading.value && (
          <button type="button" class="button" onClick={() => void store.load()}>
            Load more files
          </button>
        )}
      </div>
      {shown && <Preview key={shown.gcs_uri} file={shown} />}
    </div>
  );
}

/** Loads anew when the links of the files have become too old. */
function useFiles(runId: string): FileStore {
  const period = Math.floor(now.value / LINKS_LAST_MS);
  const [store, setStore] = useState(() => storeFor(runId));
  useEffect(() => {
    const fresh = storeFor(runId);
    void fresh.load().then(() => setStore(fresh));
    setStore((before) => (before.files.peek().results.length > 0 ? before : fresh));
    return () => fresh.stop();
  }, [runId, period]);
  return store;
}

function storeFor(runId: string): FileStore {
  return new FileStore((asked, signal) =>
    unwrap(api.GET("/api/runs/{run_id}/files", { params: { path: { run_id: runId }, query: asked }, signal })),
  );
}

function Nothing({ run }: { readonly run: RunResponse }): JSX.Element {
  return (
    <Empty title="No files yet">
      <p>{stateOf(run).isFinal ? "The run left none." : "Results appear here as soon as the pipeline publishes them."}</p>
    </Empty>
  );
}

/** What most people come for. */
function Report({ report }: { readonly report: FileInfo | null }): JSX.Element | null {
  return report?.preview_url ? (
    <button type="button" class="button button-primary" onClick={() => changeQuery({ file: `results/${report.name}` })}>
      Open the MultiQC report
    </button>
  ) : null;
}

interface GroupProps {
  readonly group: Group;
  readonly files: readonly FileInfo[];
  readonly isSearched: boolean;
}

function GroupPanel({ group, files, isSearched }: GroupProps): JSX.Element | null {
  if (files.length === 0) return null;
  return (
    <section class="panel" aria-labelledby={`files-${group}`}>
      <h2 id={`files-${group}`}>{WORDS[group]}</h2>
      <Tree group={group} files={files} isOpen={isSearched} />
    </section>
  );
}

function matching(files: readonly FileInfo[], search: string): readonly FileInfo[] {
  const wanted = search.toLowerCase();
  return wanted ? files.filter((file) => file.name.toLowerCase().includes(wanted)) : files;
}

function fileIn(files: Files, report: FileInfo | null, address: string): FileInfo | null {
  if (report && `results/${report.name}` === address) return report;
  const group = GROUPS.find((one) => address.startsWith(`${one}/`));
  return (group && files[group].find((file) => `${group}/${file.name}` === address)) ?? null;
}
