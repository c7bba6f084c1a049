import type { JSX } from "preact";
import type { LineDifference, ParamDifference, RowDifference, SheetDifferences } from "../../../../generated/api.ts";
import { shownValue } from "../../../rules/insight/comparison.ts";

export function ParamChanges({ params }: { readonly params: readonly ParamDifference[] }): JSX.Element {
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label="Parameters that differ">
      <table class="plain-table">
        <thead>
          <tr>
            <th scope="col">Parameter</th>
            <th scope="col">Other run</th>
            <th scope="col">This run</th>
          </tr>
        </thead>
        <tbody>
          {params.map(({ name, before, after, default_changed }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{shownValue(before)}</td>
              <td>
                {shownValue(after)}
                {default_changed && <span class="quiet"> (the default of the release changed)</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Removed and added lines, told apart by their signs as well. */
export function ConfigChanges({ lines }: { readonly lines: readonly LineDifference[] }): JSX.Element {
  return (
    <ol class="diff">
      {lines.map(({ number, text, is_added }) => (
        <li key={`${number} ${is_added}`} class={is_added ? "tone-good" : "tone-bad"}>
          <code>
            {is_added ? "+" : "−"} {number}: {text}
          </code>
        </li>
      ))}
    </ol>
  );
}

export function SheetChanges({ sheet }: { readonly sheet: SheetDifferences }): JSX.Element {
  const left = sheet.added + sheet.removed + sheet.changed - sheet.rows.length;
  return (
    <>
      <p>
        Rows: {sheet.added.toLocaleString("en")} added, {sheet.removed.toLocaleString("en")} removed, {sheet.changed.toLocaleString("en")} changed
      </p>
      <ol class="diff">
        {sheet.rows.map((row) => (
          <li key={`${row.before} ${row.after}`}>{rowWords(row)}</li>
        ))}
      </ol>
      {left > 0 && <p class="quiet">and {left.toLocaleString("en")} more</p>}
    </>
  );
}

function rowWords({ sample, before, after, cells }: RowDifference): string {
  if (before === null) return `+ ${sample} (row ${after})`;
  if (after === null) return `− ${sample} (row ${before} of the other run)`;
  const changes = cells.map(({ column, before: old, after: fresh }) => `${column} ${old || "blank"} → ${fresh || "blank"}`);
  return `${sample} (row ${after}): ${changes.join(", ")}`;
}
