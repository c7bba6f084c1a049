import type { HTMLAttributes, JSX, TargetedClipboardEvent, TargetedMouseEvent } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { rowsInView, selectionAt } from "../../../rules/sheet/selection.ts";
import { textOf } from "../../../rules/sheet/sheet.ts";
import { SHEET_ID } from "../../../rules/launch/request.ts";
import { GridHead } from "./head.tsx";
import { GridRow, cellId } from "./row.tsx";
import type { SheetEditor } from "./editor.ts";
import { pressed } from "./keys.ts";

const ROW_HEIGHT = 32;
const HEAD_HEIGHT = 36;

interface Props {
  readonly editor: SheetEditor;
  readonly helpId: string;
  onPasted(text: string): void;
  onColumn(index: number): void;
}

/**
 * The samplesheet as a grid of the ARIA kind: it has the focus itself and names its active cell. Only the rows in view
 * are in the document.
 */
export function Grid({ editor, helpId, onPasted, onColumn }: Props): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const view = useView(frame);
  useActiveInView(frame, editor);
  const { rows, columns } = editor.sheet.value;
  const { first, end } = rowsInView(view.top, view.height, ROW_HEIGHT, rows.length);
  const { row, column } = editor.selection.value.active;
  const page = Math.max(1, Math.floor((view.height - HEAD_HEIGHT) / ROW_HEIGHT) - 1);
  const focus = (): void => frame.current?.focus({ preventScroll: true });
  return (
    <div
      class="grid"
      id={SHEET_ID}
      ref={frame}
      role="grid"
      tabIndex={0}
      aria-label="Samplesheet"
      aria-describedby={helpId}
      aria-multiselectable="true"
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length + 1}
      aria-activedescendant={row >= first && row < end ? cellId(row, column) : undefined}
      onScroll={view.update}
      onKeyDown={(event) => {
        if (pressed(editor, event, page)) event.preventDefault();
      }}
      {...clipboard(editor, onPasted)}
      {...mouse(editor)}
    >
      <div class="grid-sheet" style={{ "--columns": String(columns.length) }}>
        <GridHead editor={editor} onColumn={onColumn} />
        <div role="rowgroup" class="grid-body" style={{ height: `${rows.length * ROW_HEIGHT}px` }}>
          {rows.slice(first, end).map((cells, index) => (
            <GridRow key={first + index} editor={editor} cells={cells} row={first + index}
              top={(first + index) * ROW_HEIGHT} onDone={focus} />
          ))}
        </div>
      </div>
    </div>
  );
}

interface View {
  readonly top: number;
  readonly height: number;
  update(): void;
}

function useView(frame: { readonly current: HTMLElement | null }): View {
  const [view, setView] = useState({ top: 0, height: 600 });
  const update = (): void => {
    const shown = frame.current;
    if (shown) setView({ top: shown.scrollTop, height: shown.clientHeight });
  };
  useLayoutEffect(() => {
    const watcher = new ResizeObserver(update);
    if (frame.current) watcher.observe(frame.current);
    return () => watcher.disconnect();
  }, []);
  return { ...view, update };
}

/** Keep the active cell in view when it moves. */
function useActiveInView(frame: { readonly current: HTMLElement | null }, editor: SheetEditor): void {
  const { row, column } = editor.selection.value.active;
  useEffect(() => {
    const shown = frame.current;
    if (!shown) return;
    const top = row * ROW_HEIGHT;
    const lowest = top + ROW_HEIGHT + HEAD_HEIGHT - shown.clientHeight;
    if (shown.scrollTop > top) shown.scrollTop = top;
    else if (shown.scrollTop < lowest) shown.scrollTop = lowest;
    const cell = document.getElementById(cellId(row, column));
    if (cell && shown.contains(document.activeElement)) cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [row, column]);
}

type ClipboardEventOfGrid = TargetedClipboardEvent<HTMLDivElement>;

function clipboard(editor: SheetEditor, onPasted: (text: string) => void): HTMLAttributes<HTMLDivElement> {
  const copy = (event: ClipboardEventOfGrid): void => {
    if (editor.typing.peek() !== null) return;
    event.clipboardData?.setData("text/plain", textOf(editor.sheet.peek(), editor.area.peek(), "\t"));
    event.preventDefault();
  };
  return {
    onCopy: copy,
    onCut: (event: ClipboardEventOfGrid) => {
      if (editor.typing.peek() !== null) return;
      copy(event);
      editor.clearArea();
    },
    onPaste: (event: ClipboardEventOfGrid) => {
      if (editor.typing.peek() !== null) return;
      event.preventDefault();
      onPasted(event.clipboardData?.getData("text/plain") ?? "");
    },
  };
}

type MouseEventOfGrid = TargetedMouseEvent<HTMLDivElement>;

function mouse(editor: SheetEditor): HTMLAttributes<HTMLDivElement> {
  const placeOf = (event: MouseEventOfGrid): { row: number; column: number } | null => {
    const cell = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-row]") : null;
    const { row, column } = cell?.dataset ?? {};
    return row === undefined ? null : { row: Number(row), column: Number(column) };
  };
  const isTyping = (event: MouseEventOfGrid): boolean => event.target instanceof HTMLTextAreaElement;
  return {
    onMouseDown: (event: MouseEventOfGrid) => {
      const place = placeOf(event);
      if (!place || event.button !== 0 || isTyping(event)) return;
      if (editor.typing.peek() !== null && document.activeElement instanceof HTMLElement) document.activeElement.blur();
      const last = { row: place.row, column: editor.sheet.peek().columns.length - 1 };
      if (place.column < 0) editor.select({ active: { row: place.row, column: 0 }, anchor: last });
      else if (event.shiftKey) editor.select({ ...editor.selection.peek(), active: place });
      else editor.select(selectionAt(place.row, place.column));
    },
    onMouseMove: (event: MouseEventOfGrid) => {
      const place = event.buttons === 1 && !isTyping(event) ? placeOf(event) : null;
      if (place && place.column >= 0) editor.select({ ...editor.selection.peek(), active: place });
    },
    onDblClick: (event: MouseEventOfGrid) => {
      const place = placeOf(event);
      if (place && place.column >= 0 && !isTyping(event)) editor.type();
    },
  };
}
