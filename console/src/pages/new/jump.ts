import { CONFIG_ID, NAME_ID, SHEET_ID, fieldId } from "../../rules/launch/request.ts";
import type { Fault } from "../../api/errors.ts";
import type { Finding } from "../../rules/sheet/findings.ts";
import { selectionAt } from "../../rules/sheet/selection.ts";
import type { SheetEditor } from "./grid/editor.ts";

/** Put the focus on a part of the form, unfolding what hides it. */
export function goTo(id: string): void {
  const element = document.getElementById(id);
  for (let parent = element?.parentElement; parent; parent = parent.parentElement) {
    if (parent instanceof HTMLDetailsElement) parent.open = true;
  }
  element?.focus({ preventScroll: true });
  element?.scrollIntoView({ block: "center" });
}

/** The cell that a finding is about becomes the active one. */
export function goToFinding(editor: SheetEditor, { row, column }: Finding): void {
  const sheet = editor.sheet.peek();
  const index = row === null || row === "header" ? 0 : sheet.rows.indexOf(row);
  editor.select(selectionAt(Math.max(0, index), Math.max(0, sheet.columns.indexOf(column ?? ""))));
  goTo(SHEET_ID);
}

/** The parameter, the name, or the line of the config, that a fault names. */
export function goToFault({ field, row }: Fault): void {
  if (field !== "config_content") {
    goTo(field === "name" ? NAME_ID : fieldId(field.replace(/^params\./, "")));
    return;
  }
  goTo(CONFIG_ID);
  const text = document.getElementById(CONFIG_ID);
  if (!(text instanceof HTMLTextAreaElement) || !row) return;
  const lines = text.value.split("\n");
  const start = lines.slice(0, row - 1).reduce((sum, line) => sum + line.length + 1, 0);
  text.setSelectionRange(start, start + (lines[row - 1]?.length ?? 0));
}
