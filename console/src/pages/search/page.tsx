import type { JSX } from "preact";
import type { CauseClass, SearchPage as FoundPage } from "../../../generated/api.ts";
import { api, fresh, ifChanged } from "../../api/client.ts";
import { navigate, query } from "../../router/navigation.ts";
import { CAUSES } from "../../rules/causes.ts";
import { me } from "../../stores/me.ts";
import { Empty, ErrorNotice } from "../../ui/notices.tsx";
import { usePolled } from "../../ui/polled.ts";
import { SearchField } from "../../ui/search_field.tsx";
import { useTitle } from "../../ui/title.ts";
import { Hits } from "./hits.tsx";
import { type Search, askedOf, hasWord, searchAddress, searchIn } from "./selection.ts";

/** Finds lines in the logs of many runs. */
export function SearchPage(): JSX.Element {
  useTitle("Search");
  const search = searchIn(query.value);
  return (
    <>
      <header class="page-head">
        <h1 tabIndex={-1}>Search</h1>
      </header>
      <Fields search={search} />
      {hasWord(search) ? <Results search={search} /> : <Nothing />}
    </>
  );
}

function Nothing(): JSX.Element {
  return (
    <Empty title="Search the logs of your runs">
      <p>Warnings and errors, the reasons why runs failed, and what failed tasks printed. All words must be in a line; the last may be a beginning.</p>
      <a class="button" href="/failures">
        Show why runs failed
      </a>
    </Empty>
  );
}

function Fields({ search }: { readonly search: Search }): JSX.Element {
  const change = (changes: Partial<Search>): void => navigate(searchAddress({ ...search, cursor: "", ...changes }));
  return (
    <div class="filters" role="search" aria-label="Search the logs of runs">
      <div class="filters-row">
        <SearchField words="Words of a line" value={search.words} onSearch={(words) => change({ words })} />
        <select
          aria-label="Why the run failed"
          value={search.cause ?? ""}
          onChange={(event) => change({ cause: (event.currentTarget.value || null) as CauseClass | null })}
        >
          <option value="">Any run</option>
          {Object.entries(CAUSES).map(([cause, words]) => (
            <option key={cause} value={cause}>
              {words}
            </option>
          ))}
        </select>
        {me.value?.is_admin && (
          <label class="check">
            <input type="checkbox" checked={search.everybody} onChange={(event) => change({ everybody: event.currentTarget.checked })} />
            Runs of everybody
          </label>
        )}
      </div>
    </div>
  );
}

function Results({ search }: { readonly search: Search }): JSX.Element {
  const poller = usePolled(
    { thing: "lines", view: JSON.stringify(search) },
    (etag, signal) => fresh(api.GET("/api/search", { params: { query: askedOf(search) }, headers: ifChanged(etag), signal })),
    null,
  );
  const error = poller.error.value;
  const page = poller.value.value;
  if (error) return <ErrorNotice error={error} onRetry={() => poller.refresh()} />;
  if (!page) return <p class="quiet">Searching…</p>;
  return (
    <div class={poller.isLoading.value ? "is-old" : ""} aria-busy={poller.isLoading.value}>
      <Found page={page} search={search} />
    </div>
  );
}

function Found({ page, search }: { readonly page: FoundPage; readonly search: Search }): JSX.Element {
  if (page.hits.length === 0) {
    return (
      <Empty title={search.cursor ? "No more lines" : "No line has all these words"}>
        <p>Lines of INFO and DEBUG, and what tasks printed that did not fail, can be searched on the page of their run.</p>
      </Empty>
    );
  }
  return (
    <>
      <Hits hits={page.hits} words={search.words} />
      <nav class="pages" aria-label="Pages of the results">
        <span class="quiet" aria-live="polite">
          {page.hits.length.toLocaleString("en")} {page.hits.length === 1 ? "line" : "lines"}
          {page.next_cursor ? ", and older ones" : ""}
        </span>
        <span class="pages-buttons">
          {search.cursor && (
            <a class="button" href={searchAddress({ ...search, cursor: "" })}>
              Newest
            </a>
          )}
          {page.next_cursor && (
            <a class="button" href={searchAddress({ ...search, cursor: page.next_cursor })}>
              Older
            </a>
          )}
        </span>
      </nav>
    </>
  );
}
