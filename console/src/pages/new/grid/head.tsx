import type { JSX } from "preact";
import type { SheetEditor } from "./editor.ts";

interface Props {
  readonly editor: SheetEditor;
  onColumn(index: number): void;
}

/** The names of the columns; each opens what can be done with it. */
export function GridHead({ editor, onColumn }: Props): JSX.Element {
  const { columns } = editor.sheet.value;
  const findings = editor.findingsByRow.value.get("header") ?? [];
  return (
    <div role="rowgroup" class="grid-head">
      <div class="grid-row" role="row" aria-rowindex={1}>
        <div class="grid-number" role="columnheader" aria-colindex={1}>
          <span class="visually-hidden">Row</span> 1
        </div>
        {columns.map((name, index) => {
          const found = findings.filter(({ column }) => column === name);
          const isBad = found.some(({ tone }) => tone === "fault");
          const mark = found.length === 0 ? "" : isBad ? "is-bad" : "is-doubtful";
          return (
            <div class={`grid-name ${mark}`} key={index} role="columnheader" aria-colindex={index + 2}>
              <button type="button" title={found.map(({ message }) => message).join("\n") || undefined}
                onClick={() => onColumn(index)} onKeyDown={(event) => event.stopPropagation()}>
                {name || <em>no name</em>}
              </button>
            </div>
          );
        })}
      </div>
    </div>
  );
}
