import type { JSX, TargetedDragEvent } from "preact";
import { useId, useState } from "preact/hooks";
import type { PipelineSchema } from "../../../../generated/api.ts";
import { decodeFile } from "../../../rules/sheet/text.ts";
import { type Sheet, filledRows, isBlank, sampleCount } from "../../../rules/sheet/sheet.ts";
import { counted } from "../../../rules/launch/summary.ts";
import { say } from "../../../stores/toasts.ts";
import { GlyphIcon } from "../../../ui/icons.tsx";
import { BenchlingPicker } from "../benchling/picker.tsx";
import { ActiveCell } from "../grid/active_cell.tsx";
import { ColumnDialog } from "../grid/column_dialog.tsx";
import { Grid } from "../grid/grid.tsx";
import { Toolbar } from "../grid/toolbar.tsx";
import type { Launch } from "../launch.ts";

const MOST_FILE_BYTES = 50 * 1024 * 1024;

interface Props {
  readonly launch: Launch;
  readonly schema: PipelineSchema;
}

/** The samplesheet: pasted, from a file, from Benchling, or typed. */
export function Samples({ launch, schema }: Props): JSX.Element {
  const { editor } = launch;
  const [column, setColumn] = useState<number | null>(null);
  const [picks, setPicks] = useState(false);
  const [isOver, setIsOver] = useState(false);
  const help = useId();
  const paste = (text: string): void => tell(editor.sheet.peek(), editor.paste(text).sheet);
  const drop = (event: TargetedDragEvent<HTMLDivElement>): void => {
    event.preventDefault();
    setIsOver(false);
    const file = event.dataTransfer?.files[0];
    if (file) void readFile(file, paste);
    else paste(event.dataTransfer?.getData("text/plain") ?? "");
  };
  const takesReads = ["fastq_1", "fastq_2"].every((name) => schema.columns.some((one) => one.name === name));
  return (
    <div class={isOver ? "samples is-over" : "samples"} onDrop={drop} onDragLeave={() => setIsOver(false)}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}>
      <p class="quiet">
        Take samples from Benchling, paste rows from Excel or a CSV file into the grid, or drop a file on it. A sheet with the
        names of its columns in the first row is sorted into the right columns.
      </p>
      <Toolbar editor={editor} columns={schema.columns} onFile={(file) => void readFile(file, paste)}
        onBenchling={takesReads ? () => setPicks(true) : null} />
      <Origin launch={launch} />
      <Grid editor={editor} helpId={help} onPasted={paste} onColumn={setColumn} />
      <ActiveCell id={help} editor={editor} columns={schema.columns} />
      <p class="quiet small" aria-live="polite">
        {countWords(editor.sheet.value, schema.sample_column)}
      </p>
      <Keys />
      {column !== null && (
        <ColumnDialog editor={editor} columns={schema.columns} index={column} onClose={() => setColumn(null)} />
      )}
      {picks && <BenchlingPicker launch={launch} schema={schema} onClose={() => setPicks(false)} />}
    </div>
  );
}

function countWords(sheet: Sheet, sampleColumn: string): string {
  if (isBlank(sheet)) return "No samples yet";
  const [samples, rows] = [sampleCount(sheet, sampleColumn), filledRows(sheet)];
  return `${counted(samples, "sample")} in ${counted(rows, "row")}`;
}

function tell(before: Sheet, after: Sheet): void {
  if (before === after) say("There was nothing to paste", "Copy rows of a table and paste them again.", "bad");
  else if (!isBlank(before) && after.rows.length > before.rows.length) {
    const added = filledRows(after) - filledRows(before);
    if (added > 1) say(`${added.toLocaleString("en")} rows were added`, "Undo takes them away again.");
  }
}

async function readFile(file: File, onText: (text: string) => void): Promise<void> {
  if (file.size > MOST_FILE_BYTES) {
    say("This file is too large", "A samplesheet has at most 10 MB; is this the right file?", "bad");
    return;
  }
  const read = decodeFile(new Uint8Array(await file.arrayBuffer()));
  if ("fault" in read) say(`“${file.name}” cannot be read`, read.fault, "bad");
  else onText(read.text);
}

/** The NGS runs that the samples come from, and their project; both are kept with the run. */
function Origin({ launch }: Pick<Props, "launch">): JSX.Element | null {
  const runs = launch.ngsRuns.value;
  if (runs.length === 0) return null;
  return (
    <div class="origin">
      <span class="chips">
        {runs.map((name) => (
          <button type="button" class="chip" aria-current="true" key={name} aria-label={`From NGS run ${name}: forget this`}
            onClick={() => (launch.ngsRuns.value = runs.filter((one) => one !== name))}>
            NGS run: {name} <GlyphIcon glyph="close" />
          </button>
        ))}
      </span>
      <label>
        Project{" "}
        <input type="text" maxLength={200} value={launch.project.value}
          onInput={(event) => (launch.project.value = event.currentTarget.value)} />
      </label>
    </div>
  );
}

const KEYS: readonly (readonly [string, string])[] = [
  ["Arrows, Home, End, Page Up, Page Down", "move; with Ctrl to the end, with Shift select"],
  ["Enter or F2", "edit a cell; typing replaces it"],
  ["Enter, Tab, Esc", "while editing: go down, go right, leave as it was"],
  ["Ctrl-C, Ctrl-X, Ctrl-V", "copy, cut, paste"],
  ["Ctrl-D", "fill down"],
  ["Ctrl-Z, Ctrl-Y", "undo, redo"],
  ["Delete, Ctrl-minus", "clear the cells, remove the rows"],
  ["Tab", "leave the grid"],
];

function Keys(): JSX.Element {
  return (
    <details class="keys">
      <summary>
        <GlyphIcon glyph="right" /> Keys of the grid
      </summary>
      <dl>
        {KEYS.map(([keys, words]) => (
          <div key={keys}>
            <dt>{keys}</dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
