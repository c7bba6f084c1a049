import type { JSX } from "preact";
import type { RunResponse } from "../../../../generated/api.ts";
import { changeQuery } from "../../../router/navigation.ts";
import { TASK_STATES, TASK_STATUSES } from "../../../rules/tasks/state.ts";
import { GlyphIcon, StateIcon } from "../../../ui/icons.tsx";
import { SearchField } from "../../../ui/search_field.tsx";
import type { TaskSelection } from "./selection.ts";

interface Props {
  readonly run: RunResponse;
  readonly selection: TaskSelection;
}

/** What narrows the list of tasks; all of it is kept in the address. */
export function TaskFilters({ run, selection }: Props): JSX.Element {
  const counts = run.metrics?.tasks ?? {};
  const present = TASK_STATUSES.filter((status) => (counts[status] ?? 0) > 0 || status === selection.status);
  const process = selection.process;
  return (
    <div class="filters" role="search" aria-label="Filter the tasks">
      <div class="filters-row">
        <SearchField
          words="Search tasks by name or id"
          value={selection.search}
          onSearch={(search) => changeQuery({ search }, { replace: true })}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={selection.hidesSucceeded}
            disabled={selection.status !== null}
            onChange={(event) => changeQuery({ hide: event.currentTarget.checked ? "succeeded" : null })}
          />
          Hide succeeded
        </label>
      </div>
      <div class="chips" role="group" aria-label="Status">
        <Chip isOn={selection.status === null} onChoose={() => changeQuery({ status: null })}>
          All
        </Chip>
        {present.map((status) => (
          <Chip key={status} isOn={selection.status === status} onChoose={() => changeQuery({ status })}>
            <span class={`tone-${TASK_STATES[status].tone}`}>
              <StateIcon shape={status === "RUNNING" ? "queued" : TASK_STATES[status].shape} />
            </span>
            {TASK_STATES[status].word} <span class="quiet">{(counts[status] ?? 0).toLocaleString("en")}</span>
          </Chip>
        ))}
        {process && (
          <Chip isOn onChoose={() => changeQuery({ process: null })} label={`Process ${process}: remove this filter`}>
            {process.slice(process.lastIndexOf(":") + 1)} <GlyphIcon glyph="close" />
          </Chip>
        )}
      </div>
    </div>
  );
}

interface ChipProps {
  readonly isOn: boolean;
  readonly label?: string;
  readonly children: preact.ComponentChildren;
  onChoose(): void;
}

function Chip({ isOn, label, children, onChoose }: ChipProps): JSX.Element {
  return (
    <button type="button" class="chip" aria-pressed={isOn} aria-label={label} onClick={onChoose}>
      {children}
    </button>
  );
}
