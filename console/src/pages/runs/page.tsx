import type { JSX } from "preact";
import type { RunListResponse } from "../../../generated/api.ts";
import { api, fresh, ifChanged } from "../../api/client.ts";
import { ApiError } from "../../api/errors.ts";
import { navigate, query, stateHere } from "../../router/navigation.ts";
import { Empty, ErrorNotice, StaleNotice } from "../../ui/notices.tsx";
import { GlyphIcon } from "../../ui/icons.tsx";
import { usePolled } from "../../ui/polled.ts";
import { useTitle } from "../../ui/title.ts";
import { Filters } from "./filters.tsx";
import { type Selection, addressOf, changed, isNarrowed, queryFor, rangeWords, selectionIn, trailIn } from "./selection.ts";
import { RunTable, TablePlaceholder } from "./table.tsx";

/** The list of runs, which brings itself up to date every 5 s. */
export function RunsPage(): JSX.Element {
  useTitle("Runs");
  const selection = selectionIn(query.value);
  const poller = usePolled({ thing: "runs", view: JSON.stringify(selection) }, (etag, signal) =>
    fresh(api.GET("/api/runs", { params: { query: queryFor(selection) }, headers: ifChanged(etag), signal })),
  );
  const page = poller.value.value;
  const error = poller.error.value;
  return (
    <>
      <header class="page-head">
        <h1 tabIndex={-1}>Runs</h1>
        <a class="button button-primary" href="/runs/new">
          <GlyphIcon glyph="plus" /> New run
        </a>
      </header>
      <Filters selection={selection} />
      {page && <StaleNotice error={error} />}
      {page && !refuses(error) ? (
        <Found page={page} selection={selection} isOld={poller.isLoading.value} />
      ) : error ? (
        <Refused error={error} selection={selection} onRetry={() => poller.refresh()} />
      ) : (
        <TablePlaceholder />
      )}
    </>
  );
}

/** Whether an error says that this list cannot be had, and not merely not now. */
function refuses(error: unknown): boolean {
  return error instanceof ApiError && !error.isTemporary;
}

interface RefusedProps {
  readonly error: unknown;
  readonly selection: Selection;
  onRetry(): void;
}

function Refused({ error, selection, onRetry }: RefusedProps): JSX.Element {
  if (error instanceof ApiError && error.status === 422 && selection.cursor) {
    return (
      <Empty title="This page of the list is out of date">
        <p>The link leads into the middle of a list that has changed.</p>
        <a class="button" href={addressOf(changed(selection, {}))}>
          Show the newest runs
        </a>
      </Empty>
    );
  }
  return <ErrorNotice error={error} onRetry={onRetry} />;
}

interface FoundProps {
  readonly page: RunListResponse;
  readonly selection: Selection;
  readonly isOld: boolean;
}

function Found({ page, selection, isOld }: FoundProps): JSX.Element {
  if (page.runs.length === 0 && !isOld) return <Nothing selection={selection} />;
  const showsOwner = selection.whose !== "mine";
  return (
    <div class={isOld ? "is-old" : ""} aria-busy={isOld}>
      <RunTable runs={page.runs} selection={selection} showsOwner={showsOwner} />
      <Pages page={page} selection={selection} />
    </div>
  );
}

function Nothing({ selection }: { readonly selection: Selection }): JSX.Element {
  if (isNarrowed(selection)) {
    return (
      <Empty title="No run matches">
        <p>Other words or fewer filters may find it. Runs of other people are under “Shared with me”.</p>
        <a class="button" href={addressOf({ ...selectionIn(new URLSearchParams()), whose: selection.whose })}>
          Clear the filters
        </a>
      </Empty>
    );
  }
  if (selection.whose === "shared") {
    return (
      <Empty title="Nobody has shared a run with you">
        <p>Whoever owns a run can share it: on the page of the run, under “Share”.</p>
      </Empty>
    );
  }
  return (
    <Empty title="No runs yet">
      <p>Start one from the samples of a sequencing run in Benchling, or from a samplesheet of your own.</p>
      <a class="button button-primary" href="/runs/new">
        <GlyphIcon glyph="plus" /> Start your first run
      </a>
    </Empty>
  );
}

function Pages({ page, selection }: { readonly page: RunListResponse; readonly selection: Selection }): JSX.Element {
  const trail = trailIn(stateHere());
  const total = page.total.toLocaleString("en") + (page.total_capped ? "+" : "");
  const next = page.next_cursor;
  const isWhole = !next && !selection.cursor;
  const goBack = (): void => {
    const cursor = trail.at(-1) ?? "";
    navigate(addressOf({ ...selection, cursor }), { state: { trail: trail.slice(0, -1) } });
  };
  const goOn = (): void => {
    navigate(addressOf({ ...selection, cursor: next ?? "" }), { state: { trail: [...trail, selection.cursor] } });
    scrollTo(0, 0);
  };
  return (
    <nav class="pages" aria-label="Pages of the list">
      <span class="quiet" aria-live="polite">
        {rangeWords(page.runs.length, total, trail, selection.cursor)}
      </span>
      <span class="pages-buttons" hidden={isWhole}>
        <button type="button" class="button" disabled={!selection.cursor} onClick={goBack}>
          <GlyphIcon glyph="left" /> {trail.length === 0 && selection.cursor ? "Newest" : "Newer"}
        </button>
        <button type="button" class="button" disabled={!next} onClick={goOn}>
          Older <GlyphIcon glyph="right" />
        </button>
      </span>
    </nav>
  );
}
