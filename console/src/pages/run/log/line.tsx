import type { JSX } from "preact";
import { matchesIn } from "../../../rules/lines.ts";
import { type Columns, type LogRow, textOf } from "../../../rules/log/rows.ts";
import { clockTime, moment } from "../../../rules/times.ts";
import { zone } from "../../../stores/settings.ts";

interface Props {
  readonly row: LogRow;
  readonly columns: Columns;
  readonly search: string;
  readonly isTarget: boolean;
}

const LEVELS: Readonly<Record<string, string>> = { ERROR: "tone-bad", WARN: "tone-warn" };

/** One row of an entry; its first row has the number, which is a link to it, the time and the level. */
export function LogLine({ row, columns, search, isTarget }: Props): JSX.Element {
  const { entry, line } = row;
  const { text, hidden } = textOf(row, columns);
  const tone = LEVELS[entry.level ?? ""] ?? "";
  const isFirst = line === 0;
  return (
    <div class={`log-row${isTarget ? " log-target" : ""}`}>
      {isFirst ? (
        <a class="log-number" href={`#e${entry.number}`} aria-label={`Entry ${entry.number}`}>
          {entry.number}
        </a>
      ) : (
        <span class="log-number" />
      )}
      <span class="log-time" title={isFirst && entry.timestamp ? moment(entry.timestamp, zone.value) : undefined}>
        {isFirst && entry.timestamp ? clockTime(entry.timestamp, zone.value) : ""}
      </span>
      <span class={`log-level ${tone}`}>{isFirst ? (entry.level ?? "") : ""}</span>
      <span class={`log-text ${tone}`}>
        {matchesIn(text, search).map((piece, index) => (piece.isMatch ? <mark key={index}>{piece.text}</mark> : piece.text))}
        {hidden > 0 && <em class="quiet"> … {hidden.toLocaleString("en")} more characters: download the log to see them</em>}
      </span>
    </div>
  );
}
