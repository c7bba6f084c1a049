import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { TaskInfo, TaskLogs } from "../../../../generated/api.ts";
import { api, fresh, ifChanged } from "../../../api/client.ts";
import { CopyButton } from "../../../ui/copy.tsx";
import { ErrorNotice, StaleNotice } from "../../../ui/notices.tsx";
import { usePolled } from "../../../ui/polled.ts";
import { TextView } from "../../../ui/text/view.tsx";

export type OutputPart = "command" | "stdout" | "stderr" | "log";

interface Props {
  readonly runId: string;
  readonly task: TaskInfo;
  readonly part: OutputPart;
}

/** What a task ran or printed; asked for every 5 s until it can no longer change. */
export function TaskOutput({ runId, task, part }: Props): JSX.Element {
  const poller = usePolled(`${runId} ${task.task_id}`, (etag, signal) =>
    fresh(
      api.GET("/api/runs/{run_id}/tasks/{task_id}/logs", {
        params: { path: { run_id: runId, task_id: task.task_id } },
        headers: ifChanged(etag),
        signal,
      }),
    ),
  );
  const output = poller.value.value;
  const isComplete = output?.complete ?? false;
  useEffect(() => {
    if (isComplete) poller.stop();
  }, [isComplete, poller]);
  if (!output) {
    if (poller.error.value) return <ErrorNotice error={poller.error.value} onRetry={() => poller.refresh()} />;
    return <p role="status">Looking in the task's work directory …</p>;
  }
  return (
    <>
      <StaleNotice error={poller.error.value} />
      <Shown task={task} output={output} part={part} />
    </>
  );
}

interface ShownProps {
  readonly task: TaskInfo;
  readonly output: TaskLogs;
  readonly part: OutputPart;
}

function Shown({ task, output, part }: ShownProps): JSX.Element {
  const text = output[part] ?? "";
  const notes = notesOn(output, part);
  return (
    <div class="stack-tight">
      {notes.map((note) => (
        <p class="quiet" key={note}>
          {note}
        </p>
      ))}
      {text ? (
        <>
          <TextView text={text} label={`${part} of ${task.name}`} />
          <div class="notice-foot">
            <CopyButton text={text} what={part} words={`Copy ${part}`} />
          </div>
        </>
      ) : (
        <p class="quiet">{emptyWords(task, output, part)}</p>
      )}
    </div>
  );
}

function notesOn(output: TaskLogs, part: OutputPart): readonly string[] {
  return [
    output.merged && (part === "stdout" || part === "stderr") ? "Cloud Batch keeps stdout and stderr together: both are under stdout." : "",
    output.truncated.includes(part) ? `Only the last ${part === "command" ? "64 KiB" : "1 MiB"} is shown.` : "",
    output.stale ? "This may be out of date: nothing newer could be read just now." : "",
  ].filter(Boolean);
}

function emptyWords(task: TaskInfo, output: TaskLogs, part: OutputPart): string {
  if (part === "command") return "Its work directory does not have the script .command.sh: it is not yet there, or is gone.";
  if (output.merged && part === "stderr") return "";
  if (output.source === null) return task.start_time ? "Its output is not there, or is gone with the work directory." : "The task has not started.";
  return output.complete ? "The task printed nothing here." : "Nothing so far.";
}
