import type { JSX } from "preact";
import type { RunResponse } from "../../../../generated/api.ts";
import { runPath } from "../../../router/address.ts";
import { TASK_STATES, statusCounts } from "../../../rules/tasks/state.ts";
import { StateIcon } from "../../../ui/icons.tsx";

/** How many tasks have each status; a tile leads to those tasks. */
export function Tiles({ run }: { readonly run: RunResponse }): JSX.Element | null {
  const counts = statusCounts(run.metrics);
  if (counts.length === 0) return null;
  return (
    <ul class="tiles" aria-label="Tasks by status">
      {counts.map(({ status, count }) => {
        const { word, shape, tone } = TASK_STATES[status];
        return (
          <li key={status}>
            <a class="tile" href={`${runPath(run.run_id, "tasks")}?status=${status}`}>
              <span class={`state tone-${tone}`}>
                <StateIcon shape={shape} />
                {word}
              </span>
              <strong class="number">{count.toLocaleString("en")}</strong>
            </a>
          </li>
        );
      })}
    </ul>
  );
}
