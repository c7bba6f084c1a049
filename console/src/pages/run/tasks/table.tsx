import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { TaskInfo } from "../../../../generated/api.ts";
import { changeQuery, query } from "../../../router/navigation.ts";
import { size } from "../../../rules/sizes.ts";
import { TASK_STATES, shortName } from "../../../rules/tasks/state.ts";
import { duration } from "../../../rules/times.ts";
import { GlyphIcon, StateIcon } from "../../../ui/icons.tsx";
import { StaleNotice } from "../../../ui/notices.tsx";
import { Ago } from "../../../ui/time.tsx";
import { WindowedRows } from "../../../ui/window.tsx";
import type { TaskList } from "./list.ts";
import { type Sort, type SortField, type TaskSelection, nextSort } from "./selection.ts";

const ROW_HEIGHT = 36;

const COLUMNS: readonly (readonly [SortField, string])[] = [
  ["status", "Status"],
  ["name", "Task"],
  ["attempt", "Attempt"],
  ["exit_code", "Exit"],
  ["duration", "Took"],
  ["cpu_percent", "CPU"],
  ["memory_peak", "Memory"],
  ["submit_time", "Submitted"],
];

interface TableProps {
  readonly runId: string;
  readonly list: TaskList;
  readonly selection: TaskSelection;
}

/** A table of any length, of which the rows in view are drawn. */
export function TaskTable({ list, selection }: TableProps): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  // Read so that the table is drawn anew with every page: its properties stay the same.
  list.version.value;
  const count = list.count;
  return (
    <>
      <StaleNotice error={list.error.value} />
      <div class="table-frame">
        <div class="task-table" role="table" aria-label="Tasks" aria-rowcount={list.isWhole ? count + 1 : -1}>
          <div class="task-row task-head" role="row">
            {COLUMNS.map(([field, words]) => (
              <HeadCell key={field} field={field} words={words} sort={selection.sort} />
            ))}
          </div>
          <div class="task-scroll" ref={frame} tabIndex={0} role="rowgroup" aria-label="Tasks">
            <WindowedRows
              frame={frame}
              count={count}
              rowHeight={ROW_HEIGHT}
              onView={({ first, end }) => list.show(first, end)}
              row={(index) => <Row key={index} index={index} task={list.row(index)} />}
            />
          </div>
        </div>
      </div>
      <p class="quiet small" aria-live="polite">
        {count.toLocaleString("en")}
        {list.isWhole ? "" : "+"} tasks{selection.sort === null || selection.hidesSucceeded ? ", failed first" : ""}
      </p>
    </>
  );
}

interface HeadCellProps {
  readonly field: SortField;
  readonly words: string;
  readonly sort: Sort | null;
}

function HeadCell({ field, words, sort }: HeadCellProps): JSX.Element {
  const order = sort === field ? "ascending" : sort === `-${field}` ? "descending" : "none";
  return (
    <div role="columnheader" aria-sort={order} class={`cell task-${field}`}>
      <button type="button" class="sort" onClick={() => changeQuery({ sort: nextSort(sort, field) }, { replace: true })}>
        {words}
        {order !== "none" && (
          <span class={order === "ascending" ? "sort-up" : ""}>
            <GlyphIcon glyph="down" />
          </span>
        )}
      </button>
    </div>
  );
}

interface RowProps {
  readonly index: number;
  readonly task: TaskInfo | null;
}

function Row({ index, task }: RowProps): JSX.Element {
  if (!task) {
    return (
      <div class="task-row quiet" role="row" aria-rowindex={index + 2} style={{ height: `${ROW_HEIGHT}px` }}>
        <div role="cell" class="cell">
          …
        </div>
      </div>
    );
  }
  const { word, shape, tone } = TASK_STATES[task.status];
  const isShown = query.value.get("task") === task.task_id;
  return (
    <div class="task-row" role="row" aria-rowindex={index + 2} aria-current={isShown ? "true" : undefined} style={{ height: `${ROW_HEIGHT}px` }}>
      <div role="cell" class={`cell state tone-${tone}`}>
        <StateIcon shape={shape} />
        {word}
      </div>
      <div role="cell" class="cell task-name">
        <a href={taskLink(task)} title={task.name} data-task={task.task_id}>
          {shortName(task.name)}
        </a>
        {(task.attempt ?? 1) > 1 && <span class="task-again quiet small">attempt {task.attempt}</span>}
      </div>
      <div role="cell" class="cell task-attempt">{task.attempt ?? "–"}</div>
      <div role="cell" class="cell task-exit_code">{task.exit_code ?? "–"}</div>
      <div role="cell" class="cell task-duration">{task.duration === null ? "–" : duration(task.duration)}</div>
      <div role="cell" class="cell task-cpu_percent">{task.cpu_percent === null ? "–" : `${Math.round(task.cpu_percent)}%`}</div>
      <div role="cell" class="cell task-memory_peak">{task.memory_peak === null ? "–" : size(task.memory_peak)}</div>
      <div role="cell" class="cell task-submit_time quiet">{task.submit_time ? <Ago at={task.submit_time} /> : "–"}</div>
    </div>
  );
}

function taskLink(task: TaskInfo): string {
  const changed = new URLSearchParams(query.value);
  changed.set("task", task.task_id);
  return `?${changed}`;
}
