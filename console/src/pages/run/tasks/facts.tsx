import type { ComponentChildren, JSX } from "preact";
import type { TaskInfo } from "../../../../generated/api.ts";
import { cpuWords, diskWords, machineWords, memoryWords } from "../../../rules/tasks/words.ts";
import { duration } from "../../../rules/times.ts";
import { CopyButton } from "../../../ui/copy.tsx";
import { Moment } from "../../../ui/time.tsx";

/** What a task asked for, what it used, where its files are. */
export function TaskFacts({ task }: { readonly task: TaskInfo }): JSX.Element {
  const waited = between(task.submit_time, task.start_time);
  return (
    <dl class="pairs">
      <Pair name="Id">
        <code>{task.task_id}</code> <CopyButton text={task.task_id} what="the task's id" />
      </Pair>
      <Pair name="Process">{task.process}</Pair>
      <Pair name="Tag">{task.tag}</Pair>
      <Pair name="Attempt">{task.attempt}</Pair>
      <Pair name="Submitted">{task.submit_time && <Moment at={task.submit_time} />}</Pair>
      <Pair name="Waited">{waited !== null && duration(waited)}</Pair>
      <Pair name="Started">{task.start_time && <Moment at={task.start_time} />}</Pair>
      <Pair name="Ended">{task.end_time && <Moment at={task.end_time} />}</Pair>
      <Pair name="Took">{task.duration !== null && duration(task.duration)}</Pair>
      <Pair name="CPUs">{cpuWords(task)}</Pair>
      <Pair name="Memory">{memoryWords(task)}</Pair>
      <Pair name="Disk">{diskWords(task)}</Pair>
      <Pair name="Time limit">{task.time !== null && duration(task.time)}</Pair>
      <Pair name="Machine">{machineWords(task)}</Pair>
      <Pair name="Container">{task.container && <code>{task.container}</code>}</Pair>
      <Pair name="Batch job">{task.native_id && <code>{task.native_id}</code>}</Pair>
      <Pair name="Work directory">
        {task.work_dir && (
          <>
            <code>{task.work_dir}</code> <CopyButton text={task.work_dir} what="the address of the work directory" />
          </>
        )}
      </Pair>
    </dl>
  );
}

export function between(from: string | null, to: string | null): number | null {
  return from && to ? Math.max(0, Date.parse(to) - Date.parse(from)) : null;
}

/** Nothing for what is not known. */
function Pair({ name, children }: { readonly name: string; readonly children: ComponentChildren }): JSX.Element | null {
  if (children === null || children === undefined || children === false || children === "") return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
