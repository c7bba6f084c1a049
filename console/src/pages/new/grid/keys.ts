import { afterKey } from "../../../rules/sheet/selection.ts";
import type { SheetEditor } from "./editor.ts";

/** What a key does while no cell is typed into; false when it is none of the grid's and the browser has it. */
export function pressed(editor: SheetEditor, event: KeyboardEvent, page: number): boolean {
  const { key, shiftKey: shift } = event;
  const command = event.ctrlKey || event.metaKey;
  if (command && !event.altKey && commanded(editor, key.toLowerCase(), shift)) return true;
  const { rows, columns } = editor.sheet.peek();
  const extent = { rows: rows.length, columns: columns.length, page };
  const moved = afterKey(editor.selection.peek(), { key, command, shift }, extent);
  if (moved) {
    editor.select(moved);
    return true;
  }
  return !command && !event.altKey && typed(editor, key);
}

function commanded(editor: SheetEditor, key: string, shift: boolean): boolean {
  if (key === "z" && !shift) editor.undo();
  else if (key === "y" || key === "z") editor.redo();
  else if (key === "d") editor.fillDown();
  else if (key === "-") editor.removeRows();
  else return false;
  return true;
}

function typed(editor: SheetEditor, key: string): boolean {
  if (key === "Enter" || key === "F2") editor.type();
  else if (key === "Delete" || key === "Backspace") editor.clearArea();
  else if ([...key].length === 1) editor.type(key);
  else return false;
  return true;
}
