import type { JSX, TargetedClipboardEvent, TargetedKeyboardEvent } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Finding } from "../../../rules/sheet/findings.ts";
import { contains } from "../../../rules/sheet/selection.ts";
import { type Cell, type Row, rowNumber } from "../../../rules/sheet/sheet.ts";
import type { SheetEditor } from "./editor.ts";

/** A cell shows no more characters than fit; drawing a million of them would stop the page. */
const MOST_SHOWN = 500;

export function cellId(row: number, column: number): string {
  return `cell-${row}-${column}`;
}

interface RowProps {
  readonly editor: SheetEditor;
  readonly cells: Row;
  readonly row: number;
  /** In pixels, from the first row. */
  readonly top: number;
  /** The cell is no longer typed into. */
  onDone(): void;
}

export function GridRow({ editor, cells, row, top, onDone }: RowProps): JSX.Element {
  const { columns } = editor.sheet.value;
  const area = editor.area.value;
  const { active } = editor.selection.value;
  const findings = editor.findingsByRow.value.get(cells) ?? [];
  const ofRow = findings.filter(({ column }) => column === null || !columns.includes(column));
  return (
    <div class="grid-row" role="row" aria-rowindex={rowNumber(row)} style={{ top: `${top}px` }}>
      <div class={`grid-number ${markOf(ofRow)}`} role="rowheader" aria-colindex={1} data-row={row} data-column={-1}
        title={wordsOf(ofRow)}>
        {rowNumber(row)}
      </div>
      {cells.map((text, column) => {
        const found = findings.filter((finding) => finding.column === columns[column]);
        const isActive = active.row === row && active.column === column;
        const isTyping = isActive && editor.typing.value !== null;
        const classes = ["grid-cell", markOf(found), contains(area, row, column) && "is-selected", isActive && "is-active"];
        return (
          <div
            class={classes.filter(Boolean).join(" ")}
            key={column}
            id={cellId(row, column)}
            role="gridcell"
            aria-colindex={column + 2}
            aria-selected={contains(area, row, column)}
            aria-invalid={found.some(({ tone }) => tone === "fault") || undefined}
            title={wordsOf(found)}
            data-row={row}
            data-column={column}
          >
            {isTyping ? (
              <CellInput editor={editor} at={active} name={`${columns[column]}, row ${rowNumber(row)}`} onDone={onDone} />
            ) : (
              text.slice(0, MOST_SHOWN)
            )}
          </div>
        );
      })}
    </div>
  );
}

function markOf(findings: readonly Finding[]): string {
  if (findings.length === 0) return "";
  return findings.some(({ tone }) => tone === "fault") ? "is-bad" : "is-doubtful";
}

function wordsOf(findings: readonly Finding[]): string | undefined {
  return findings.length > 0 ? findings.map(({ message }) => message).join("\n") : undefined;
}

interface InputProps {
  readonly editor: SheetEditor;
  readonly at: Cell;
  readonly name: string;
  onDone(): void;
}

/** Several lines are possible, since a pasted cell may have them. */
function CellInput({ editor, at, name, onDone }: InputProps): JSX.Element {
  const field = useRef<HTMLTextAreaElement>(null);
  const isOver = useRef(false);
  useLayoutEffect(() => {
    const shown = field.current;
    if (!shown) return;
    shown.focus({ preventScroll: true });
    shown.setSelectionRange(shown.value.length, shown.value.length);
  }, []);
  const finish = (step: { down: number; right: number } | null): void => {
    if (isOver.current) return;
    isOver.current = true;
    editor.enter(at, field.current?.value ?? "", step);
  };
  const press = (event: TargetedKeyboardEvent<HTMLTextAreaElement>): void => {
    event.stopPropagation();
    if (event.isComposing || (event.key === "Enter" && event.altKey)) return;
    if (event.key === "Enter") finish({ down: event.shiftKey ? -1 : 1, right: 0 });
    else if (event.key === "Tab") finish({ down: 0, right: event.shiftKey ? -1 : 1 });
    else if (event.key === "Escape") {
      isOver.current = true;
      editor.typing.value = null;
    } else return;
    event.preventDefault();
    onDone();
  };
  // Several cells are for the grid, which gets the event next. Without a keyboard this is the way to paste them.
  const paste = (event: TargetedClipboardEvent<HTMLTextAreaElement>): void => {
    if (!/[\t\r\n]/.test(event.clipboardData?.getData("text/plain").trimEnd() ?? "")) return;
    isOver.current = true;
    editor.typing.value = null;
    onDone();
  };
  return (
    <textarea class="grid-input" ref={field} rows={1} aria-label={name} spellcheck={false} autocomplete="off"
      defaultValue={editor.typing.peek() ?? ""} onKeyDown={press} onPaste={paste}
      onInput={(event) => (editor.typing.value = event.currentTarget.value)} onBlur={() => finish(null)} />
  );
}
