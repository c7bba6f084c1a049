import type { JSX } from "preact";
import type { PipelineSchema } from "../../../../generated/api.ts";
import { rowNumber } from "../../../rules/sheet/sheet.ts";
import { GlyphIcon } from "../../../ui/icons.tsx";
import type { SheetEditor } from "./editor.ts";

const MOST_SHOWN = 2_000;

interface Props {
  readonly id: string;
  readonly editor: SheetEditor;
  readonly columns: PipelineSchema["columns"];
}

/** The active cell in full: its text, what is wrong with it, and what its column is for. */
export function ActiveCell({ id, editor, columns }: Props): JSX.Element {
  const sheet = editor.sheet.value;
  const { row, column } = editor.selection.value.active;
  const name = sheet.columns[column] ?? "";
  const cells = sheet.rows[row];
  const known = columns.find((one) => one.name === name);
  const found = cells ? (editor.findingsByRow.value.get(cells) ?? []) : [];
  const here = found.filter((finding) => finding.column === name || finding.column === null);
  return (
    <div class="active-cell" id={id}>
      <p>
        <strong>
          {known?.title ?? (name || "Column without a name")}, row {rowNumber(row)}
        </strong>{" "}
        <span class="active-text">{shortened(cells?.[column] ?? "")}</span>
      </p>
      <div aria-live="polite">
        {here.map(({ tone, message }) => (
          <p class={tone === "fault" ? "tone-bad" : "tone-warn"} key={message}>
            <GlyphIcon glyph="warning" /> {message}
          </p>
        ))}
      </div>
      <p class="quiet">
        {known ? helpOf(known) : "The pipeline does not know this column. Press its name to rename or remove it."}
      </p>
    </div>
  );
}

function shortened(text: string): string {
  if (text.length <= MOST_SHOWN) return text;
  return `${text.slice(0, MOST_SHOWN)} … (${text.length.toLocaleString("en")} characters)`;
}

function helpOf({ help, expects, enum: choices, allows_blank: mayBeBlank }: PipelineSchema["columns"][number]): string {
  const rule = choices.length > 0 ? `one of ${choices.join(", ")}` : expects;
  const isOptional = mayBeBlank ? " It may stay blank." : "";
  return `${help}${rule ? ` It must be ${rule}.` : ""}${isOptional}`;
}
