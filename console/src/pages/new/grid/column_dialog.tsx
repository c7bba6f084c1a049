import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PipelineSchema } from "../../../../generated/api.ts";
import { renamed, withoutColumn } from "../../../rules/sheet/sheet.ts";
import { Dialog } from "../../../ui/dialog.tsx";
import type { SheetEditor } from "./editor.ts";

interface Props {
  readonly editor: SheetEditor;
  readonly columns: PipelineSchema["columns"];
  readonly index: number;
  onClose(): void;
}

/** What a column is for, and another name for it. */
export function ColumnDialog({ editor, columns, index, onClose }: Props): JSX.Element {
  const sheet = editor.sheet.value;
  const name = sheet.columns[index] ?? "";
  const [chosen, setChosen] = useState(name);
  const known = columns.find((one) => one.name === name);
  const choices = columns.filter((one) => one.name === name || !sheet.columns.includes(one.name));
  const rename = (): void => {
    if (chosen !== name) editor.change(renamed(sheet, index, chosen));
    onClose();
  };
  const remove = (): void => {
    editor.change(withoutColumn(sheet, index));
    onClose();
  };
  return (
    <Dialog title={known?.title ?? (name || "Column without a name")} onClose={onClose}>
      <div class="column-dialog">
        <p>{known ? `${known.help} ${known.required ? "The sheet needs this column." : "The sheet may lack it."}`
          : "The pipeline does not know this column and ignores it."}</p>
        <label class="field">
          This column is
          <select value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
            {!known && <option value={name}>{name || "without a name"}</option>}
            {choices.map((one) => (
              <option key={one.name} value={one.name}>
                {one.title} ({one.name})
              </option>
            ))}
          </select>
        </label>
      </div>
      <footer class="dialog-foot">
        <button type="button" class="button" disabled={sheet.columns.length === 1} onClick={remove}>
          Remove the column
        </button>
        <button type="button" class="button button-primary" onClick={rename}>
          Done
        </button>
      </footer>
    </Dialog>
  );
}
