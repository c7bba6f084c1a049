import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { LibrarySample, NgsRunSamplesResponse } from "../../../../generated/api.ts";
import { api, fresh, ifChanged } from "../../../api/client.ts";
import { readWords, wordsOf } from "../../../rules/launch/libraries.ts";
import { counted } from "../../../rules/launch/summary.ts";
import { Empty, ErrorNotice } from "../../../ui/notices.tsx";
import { GlyphIcon } from "../../../ui/icons.tsx";
import { usePolled } from "../../../ui/polled.ts";

/** More rows would make the dialog slow; search narrows them. */
const MOST_SHOWN = 400;

interface Props {
  readonly ngsRun: string;
  onBack(): void;
  onTake(samples: readonly LibrarySample[]): void;
}

/** The libraries of a sequencing run: those with both reads are chosen at first. */
export function Libraries({ ngsRun, onBack, onTake }: Props): JSX.Element {
  const poller = usePolled(
    ngsRun,
    (etag, signal) =>
      fresh(api.GET("/api/benchling/runs/{ngs_run}/samples", { params: { path: { ngs_run: ngsRun } }, headers: ifChanged(etag), signal })),
    null,
  );
  const found = poller.value.value;
  if (poller.error.value) return <ErrorNotice error={poller.error.value} onRetry={() => poller.refresh()} />;
  if (!found) return <p role="status">Asking Benchling for the libraries of {ngsRun} …</p>;
  return <Choice found={found} onBack={onBack} onTake={onTake} />;
}

interface ChoiceProps extends Pick<Props, "onBack" | "onTake"> {
  readonly found: NgsRunSamplesResponse;
}

function Choice({ found, onBack, onTake }: ChoiceProps): JSX.Element {
  const usable = found.samples.filter(({ lanes }) => lanes.length > 0);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [search, setSearch] = useState("");
  const taken = usable.filter(({ sample }) => !left.has(sample));
  const matching = found.samples.filter((one) => `${one.sample} ${one.library} ${wordsOf(one)}`.toLowerCase().includes(search));
  const toggle = (names: readonly string[], isTaken: boolean): void => {
    const next = new Set(left);
    for (const name of names) {
      if (isTaken) next.delete(name);
      else next.add(name);
    }
    setLeft(next);
  };
  const matchingUsable = matching.filter(({ lanes }) => lanes.length > 0).map(({ sample }) => sample);
  return (
    <>
      <div class="picker">
        <p class="quiet">{factsOf(found)}</p>
        <Unpaired found={found} />
        {found.samples.length === 0 && (
          <Empty title="This sequencing run has no libraries">
            <p>Choose another run, or register its libraries in Benchling first.</p>
          </Empty>
        )}
        <Tools onSearch={setSearch} onAll={(isTaken) => toggle(matchingUsable, isTaken)} />
        <ul class="picker-list">
          {matching.slice(0, MOST_SHOWN).map((sample) => (
            <Library key={sample.sample} sample={sample} isTaken={!left.has(sample.sample)}
              onToggle={(isTaken) => toggle([sample.sample], isTaken)} />
          ))}
        </ul>
        {matching.length > MOST_SHOWN && (
          <p class="quiet">{(matching.length - MOST_SHOWN).toLocaleString("en")} more are not shown; search for them.</p>
        )}
      </div>
      <footer class="dialog-foot">
        <button type="button" class="button" onClick={onBack}>
          <GlyphIcon glyph="left" /> Other runs
        </button>
        <button type="button" class="button button-primary" disabled={taken.length === 0} onClick={() => onTake(taken)}>
          {taken.length === 0 ? "Choose a library first" : `Take ${counted(taken.length, "sample")}`}
        </button>
      </footer>
    </>
  );
}

function factsOf({ completed_on: day, instrument, total }: NgsRunSamplesResponse): string {
  return [day && `Completed ${day}`, instrument, `${total.toLocaleString("en")} libraries`].filter(Boolean).join(" · ");
}

interface ToolsProps {
  onSearch(text: string): void;
  onAll(isTaken: boolean): void;
}

function Tools({ onSearch, onAll }: ToolsProps): JSX.Element {
  return (
    <div class="picker-tools">
      <label class="search">
        <GlyphIcon glyph="search" />
        <span class="visually-hidden">Find a library</span>
        <input type="search" placeholder="Find by name, project, tissue …"
          onInput={(event) => onSearch(event.currentTarget.value.trim().toLowerCase())} />
      </label>
      <button type="button" class="button" onClick={() => onAll(true)}>
        All
      </button>
      <button type="button" class="button" onClick={() => onAll(false)}>
        None
      </button>
    </div>
  );
}

interface LibraryProps {
  readonly sample: LibrarySample;
  readonly isTaken: boolean;
  onToggle(isTaken: boolean): void;
}

function Library({ sample, isTaken, onToggle }: LibraryProps): JSX.Element {
  const { lanes } = sample;
  const isUsable = lanes.length > 0;
  return (
    <li>
      <label class="picker-row">
        <span>
          <input type="checkbox" checked={isTaken && isUsable} disabled={!isUsable}
            onChange={(event) => onToggle(event.currentTarget.checked)} />{" "}
          <strong>{sample.sample}</strong>
          {sample.library !== sample.sample && <span class="quiet"> ({sample.library})</span>}
        </span>
        <span class="number">
          {isUsable ? `${lanes.length} ${lanes.length === 1 ? "lane" : "lanes"}, ${readWords(sample.read_count)} reads` : "no pair of files"}
          {sample.q30 !== null && `, Q30 ${sample.q30}%`}
        </span>
        <span class="quiet small">{wordsOf(sample)}</span>
      </label>
    </li>
  );
}

/** Files that are left out, each with the reason. */
function Unpaired({ found }: Pick<ChoiceProps, "found">): JSX.Element | null {
  if (found.unpaired_count === 0) return null;
  const files = found.samples.flatMap(({ sample, unpaired }) => unpaired.map((file) => ({ sample, ...file })));
  return (
    <details class="unpaired" open={files.length <= 5}>
      <summary>
        <GlyphIcon glyph="warning" /> {found.unpaired_count.toLocaleString("en")}{" "}
        {found.unpaired_count === 1 ? "file has" : "files have"} no partner and will be left out
      </summary>
      <ul>
        {files.slice(0, MOST_SHOWN).map(({ sample, path, read, reason }, index) => (
          <li key={index}>
            <strong>{sample}</strong>
            {read ? ` (${read})` : ""}: {reason}
            {path && <code> {path}</code>}
          </li>
        ))}
      </ul>
    </details>
  );
}
