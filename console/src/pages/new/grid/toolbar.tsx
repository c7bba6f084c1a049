import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { isBlank, rowNumber, withColumn } from "../../../rules/sheet/sheet.ts";
import type { SheetEditor } from "./editor.ts";

interface Props {
  readonly editor: SheetEditor;
  /** Columns of the pipeline, with their titles. */
  readonly columns: readonly { readonly name: string; readonly title: string }[];
  onFile(file: File): void;
  onBenchling: (() => void) | null;
}

/** Everything that can be done to the sheet, also for those who use no keys. */
export function Toolbar({ editor, columns, onFile, onBenchling }: Props): JSX.Element {
  const sheet = editor.sheet.value;
  const absent = columns.filter(({ name }) => !sheet.columns.includes(name));
  return (
    <div class="grid-tools" role="group" aria-label="Change the samplesheet">
      {onBenchling && (
        <button type="button" class={isBlank(sheet) ? "button button-primary" : "button"} onClick={onBenchling}>
          From Benchling …
        </button>
      )}
      <FileButton onFile={onFile} />
      <span class="grid-tools-gap" />
      <button type="button" class="button" disabled={!editor.canUndo.value} onClick={() => editor.undo()}>
        Undo
      </button>
      <button type="button" class="button" disabled={!editor.canRedo.value} onClick={() => editor.redo()}>
        Redo
      </button>
      <button type="button" class="button" onClick={() => editor.fillDown()}>
        Fill down
      </button>
      <button type="button" class="button" onClick={() => editor.addRows()}>
        Add rows
      </button>
      <button type="button" class="button" onClick={() => editor.removeRows()}>
        {rowWords(editor)}
      </button>
      {absent.length > 0 && (
        <select aria-label="Add a column" value="" onChange={(event) => {
          editor.change(withColumn(editor.sheet.peek(), event.currentTarget.value));
          event.currentTarget.value = "";
        }}>
          <option value="">Add a column …</option>
          {absent.map(({ name, title }) => (
            <option key={name} value={name}>
              {title} ({name})
            </option>
          ))}
        </select>
      )}
      <button type="button" class="button" disabled={isBlank(sheet)} onClick={() => editor.clear()}>
        Clear
      </button>
    </div>
  );
}

function rowWords(editor: SheetEditor): string {
  const { top, bottom } = editor.area.value;
  return top === bottom ? `Remove row ${rowNumber(top)}` : `Remove ${(bottom - top + 1).toLocaleString("en")} rows`;
}

function FileButton({ onFile }: Pick<Props, "onFile">): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class="button" onClick={() => field.current?.click()}>
        Choose a file …
      </button>
      <input ref={field} type="file" hidden accept=".csv,.tsv,.txt,text/csv,text/tab-separated-values,text/plain"
        aria-label="File with the samplesheet"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file) onFile(file);
          event.currentTarget.value = "";
        }} />
    </>
  );
}
