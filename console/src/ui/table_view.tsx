import type { JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { widthsOf } from "../rules/tables.ts";
import { WindowedRows } from "./window.tsx";

const ROW_HEIGHT = 28;
const MOST_COLUMNS = 12;

interface TableViewProps {
  /** The first row names the columns. */
  readonly rows: readonly (readonly string[])[];
  readonly label: string;
}

/** A table of any length to look at, of which the rows in view are drawn. */
export function TableView({ rows, label }: TableViewProps): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const head = rows[0] ?? [];
  const shown = head.slice(0, MOST_COLUMNS);
  const widths = useMemo(() => widthsOf(rows, shown.length), [rows, shown.length]);
  const columns = { gridTemplateColumns: `${widths.map((width) => `${width + 2}ch`).join(" ")} 1fr` };
  return (
    <>
      <div class="table-view" ref={frame} tabIndex={0} role="table" aria-label={label} aria-rowcount={rows.length}>
        <div class="table-line table-line-head" role="row" style={columns}>
          {shown.map((name, index) => (
            <span role="columnheader" key={index} title={name}>
              {name}
            </span>
          ))}
        </div>
        <WindowedRows
          frame={frame}
          count={Math.max(0, rows.length - 1)}
          rowHeight={ROW_HEIGHT}
          row={(index) => (
            <div class="table-line" role="row" aria-rowindex={index + 2} key={index} style={columns}>
              {shown.map((_, column) => (
                <span role="cell" key={column} title={rows[index + 1]?.[column]}>
                  {rows[index + 1]?.[column]}
                </span>
              ))}
            </div>
          )}
        />
      </div>
      {head.length > MOST_COLUMNS && (
        <p class="quiet small">
          {MOST_COLUMNS} of {head.length} columns are shown; copy or download it to see all.
        </p>
      )}
    </>
  );
}
