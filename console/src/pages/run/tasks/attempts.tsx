import type { ComponentChildren, JSX } from "preact";
import type { TaskInfo } from "../../../../generated/api.ts";
import { query } from "../../../router/navigation.ts";
import { TASK_STATES } from "../../../rules/tasks/state.ts";
import { cpuWords, diskWords, machineWords, memoryWords } from "../../../rules/tasks/words.ts";
import { duration } from "../../../rules/times.ts";
import { StateIcon } from "../../../ui/icons.tsx";
import { Moment } from "../../../ui/time.tsx";

const LINES: readonly (readonly [string, (task: TaskInfo) => ComponentChildren])[] = [
  ["Status", ({ status }) => <State status={status} />],
  ["Exit code", (task) => task.exit_code],
  ["Took", (task) => task.duration !== null && duration(task.duration)],
  ["Started", (task) => task.start_time && <Moment at={task.start_time} />],
  ["CPUs", cpuWords],
  ["Memory", memoryWords],
  ["Disk", diskWords],
  ["Machine", machineWords],
];

interface Props {
  readonly attempts: readonly TaskInfo[];
  readonly shownId: string;
}

/** The attempts of a task side by side. */
export function Attempts({ attempts, shownId }: Props): JSX.Element {
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label="Attempts">
      <table class="plain-table">
        <thead>
          <tr>
            <td />
            {attempts.map((task, index) => (
              <th key={task.task_id} scope="col">
                <a href={linkTo(task)} aria-current={task.task_id === shownId ? "true" : undefined}>
                  Attempt {task.attempt ?? index + 1}
                </a>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {LINES.map(([name, show]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {attempts.map((task) => (
                <td key={task.task_id}>{show(task) || "–"}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function State({ status }: Pick<TaskInfo, "status">): JSX.Element {
  const { word, shape, tone } = TASK_STATES[status];
  return (
    <span class={`state tone-${tone}`}>
      <StateIcon shape={shape} /> {word}
    </span>
  );
}

function linkTo(task: TaskInfo): string {
  const changed = new URLSearchParams(query.value);
  changed.set("task", task.task_id);
  changed.set("tab", "attempts");
  return `?${changed}`;
}
