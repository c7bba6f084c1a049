import { type ReadonlySignal, batch, computed, signal } from "@preact/signals";
import { type Finding, byRow, stillTrue } from "../../../rules/sheet/findings.ts";
import { type History, changedTo, historyOf, redone, undone } from "../../../rules/sheet/history.ts";
import { type Pasted, pasted, withTable } from "../../../rules/sheet/pasting.ts";
import { type Selection, areaOf, selectionAt, selectionOf, within } from "../../../rules/sheet/selection.ts";
import {
  type Area,
  type Cell,
  type Row,
  type Sheet,
  BLANK_ROWS,
  blankSheet,
  filledDown,
  isBlank,
  withArea,
  withBlock,
  withRows,
  withoutRows,
} from "../../../rules/sheet/sheet.ts";

const ROWS_ADDED = 10;

/** The samplesheet that is being edited: its cells, what is selected, and what the last check found in it. */
export class SheetEditor {
  private readonly history = signal<History<Sheet>>(historyOf(blankSheet([])));
  readonly sheet: ReadonlySignal<Sheet> = computed(() => this.history.value.present);
  readonly canUndo = computed(() => this.history.value.past.length > 0);
  readonly canRedo = computed(() => this.history.value.future.length > 0);
  readonly selection = signal<Selection>(selectionAt(0, 0));
  readonly area: ReadonlySignal<Area> = computed(() => areaOf(this.selection.value));
  /** The text in the cell that is being typed into; null while none is. */
  readonly typing = signal<string | null>(null);
  readonly findings = signal<readonly Finding[]>([]);
  readonly findingsByRow = computed(() => byRow(this.findings.value));
  /** Names that the pipeline has columns for. */
  known: readonly string[] = [];

  /** Start with another sheet; this cannot be undone. Blank rows are added to a sheet without rows. */
  open(sheet: Sheet): void {
    batch(() => {
      this.history.value = historyOf(sheet.rows.length > 0 ? sheet : blankSheet(sheet.columns));
      this.selection.value = selectionAt(0, 0);
      this.findings.value = [];
      this.typing.value = null;
    });
  }

  /** Use the columns of a pipeline: a blank sheet gets those it needs. */
  knowColumns(known: readonly string[], needed: readonly string[]): void {
    this.known = known;
    const { columns } = this.sheet.peek();
    if (!isBlank(this.sheet.peek()) || needed.every((name) => columns.includes(name))) return;
    this.open(blankSheet(needed));
  }

  change(next: Sheet, selected?: Selection): void {
    this.move(changedTo(this.history.peek(), next), selected);
  }

  undo(): void {
    this.move(undone(this.history.peek()));
  }

  redo(): void {
    this.move(redone(this.history.peek()));
  }

  private move(history: History<Sheet>, selected = this.selection.peek()): void {
    const before = this.sheet.peek();
    const { rows, columns } = history.present;
    batch(() => {
      this.history.value = history;
      this.findings.value = stillTrue(this.findings.peek(), before, history.present);
      this.selection.value = within(selected, { rows: rows.length, columns: columns.length, page: 1 });
    });
  }

  select(selection: Selection): void {
    this.selection.value = selection;
  }

  /** Start to type into the active cell: over what is in it, or after it. */
  type(text: string | null = null): void {
    const { row, column } = this.selection.peek().active;
    batch(() => {
      this.select(selectionAt(row, column));
      this.typing.value = text ?? this.sheet.peek().rows[row]?.[column] ?? "";
    });
  }

  /** Put what was typed into its cell and go on to another; in the last row that adds one. Null: stay where one is. */
  enter(at: Cell, text: string, step: { readonly down: number; readonly right: number } | null): void {
    const sheet = this.sheet.peek();
    const isSame = sheet.rows[at.row]?.[at.column] === text;
    const written = isSame ? sheet : withBlock(sheet, at, [[text]]);
    const isLast = step !== null && step.down > 0 && at.row === sheet.rows.length - 1 && text !== "";
    const selected = step ? selectionAt(at.row + step.down, at.column + step.right) : this.selection.peek();
    batch(() => {
      this.typing.value = null;
      this.change(isLast ? withRows(written, sheet.rows.length, 1) : written, selected);
    });
  }

  paste(text: string): Pasted {
    const result = pasted(this.sheet.peek(), this.area.peek(), text, this.known);
    if (result.area) this.change(result.sheet, selectionOf(result.area));
    return result;
  }

  /** Add a table with a header, as Benchling and files have it. */
  addTable(header: Row, rows: readonly Row[]): Pasted {
    const result = withTable(this.sheet.peek(), header, rows);
    if (result.area) this.change(result.sheet, selectionOf({ ...result.area, bottom: result.area.top, right: 0 }));
    return result;
  }

  clearArea(): void {
    this.change(withArea(this.sheet.peek(), this.area.peek(), () => ""));
  }

  fillDown(): void {
    this.change(filledDown(this.sheet.peek(), this.area.peek()));
  }

  addRows(): void {
    const sheet = this.sheet.peek();
    const first = sheet.rows.length;
    this.change(withRows(sheet, first, ROWS_ADDED), selectionAt(first, 0));
  }

  removeRows(): void {
    const { top, bottom, left } = this.area.peek();
    this.change(withoutRows(this.sheet.peek(), top, bottom), selectionAt(top, left));
  }

  clear(): void {
    const needed = this.sheet.peek().columns.filter((name) => this.known.includes(name));
    this.change(blankSheet(needed, BLANK_ROWS), selectionAt(0, 0));
  }
}
