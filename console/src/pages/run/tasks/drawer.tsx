import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { TaskInfo } from "../../../../generated/api.ts";
import { api, unwrap } from "../../../api/client.ts";
import { changeQuery, query } from "../../../router/navigation.ts";
import { TASK_STATES, shortName } from "../../../rules/tasks/state.ts";
import { GlyphIcon, StateIcon } from "../../../ui/icons.tsx";
import { ErrorNotice } from "../../../ui/notices.tsx";
import { usePolled } from "../../../ui/polled.ts";
import { Attempts } from "./attempts.tsx";
import { TaskFacts } from "./facts.tsx";
import { TaskOutput } from "./output.tsx";

const TABS = ["about", "command", "attempts", "stdout", "stderr", "log"] as const;
type DrawerTab = (typeof TABS)[number];
const WORDS: Readonly<Record<DrawerTab, string>> = {
  about: "About",
  command: "Command",
  attempts: "Attempts",
  stdout: "stdout",
  stderr: "stderr",
  log: "Wrapper",
};
const ASKED_EVERY_MS = 10_000;

interface Props {
  readonly runId: string;
  readonly taskId: string;
}

/** One task beside the list: what it is, its command and attempts, and what it printed. */
export function TaskDrawer({ runId, taskId }: Props): JSX.Element {
  const poller = usePolled(
    `${runId} ${taskId}`,
    async (_etag, signal) => ({ value: await attemptsOf(runId, taskId, signal), etag: null }),
    ASKED_EVERY_MS,
  );
  const attempts = poller.value.value;
  const task = attempts?.find((one) => one.task_id === taskId);
  useEffect(() => {
    if (task?.end_time) poller.stop();
  }, [poller, task?.end_time]);
  return (
    <Frame title={task ? shortName(task.name) : taskId}>
      {task && attempts ? (
        <Body runId={runId} task={task} attempts={attempts} />
      ) : poller.error.value ? (
        <ErrorNotice error={poller.error.value} onRetry={() => poller.refresh()} />
      ) : attempts ? (
        <p>This run has no task with the id {taskId}. Look for it by its name in the list.</p>
      ) : (
        <p role="status">Loading …</p>
      )}
    </Frame>
  );
}

/** The task and its other attempts, which have the same name; in the order in which they were made. */
async function attemptsOf(runId: string, taskId: string, signal: AbortSignal): Promise<readonly TaskInfo[]> {
  const ask = (search: string): Promise<{ tasks: TaskInfo[] }> =>
    unwrap(
      api.GET("/api/runs/{run_id}/tasks", {
        params: { path: { run_id: runId }, query: { search, sort: "submit_time", limit: 200 } },
        signal,
      }),
    );
  const found = (await ask(taskId)).tasks.find((task) => task.task_id === taskId);
  if (!found) return [];
  const named = (await ask(found.name.slice(0, 200))).tasks.filter((task) => task.name === found.name);
  return named.some((task) => task.task_id === taskId) ? named : [found];
}

function Frame({ title, children }: { readonly title: string; readonly children: preact.ComponentChildren }): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const close = (): void => {
    const row = document.querySelector<HTMLElement>(`[data-task="${CSS.escape(query.value.get("task") ?? "")}"]`);
    changeQuery({ task: null, tab: null });
    row?.focus();
  };
  return (
    <aside class="drawer" aria-label="Task" onKeyDown={(event) => event.key === "Escape" && close()}>
      <header class="drawer-head">
        <h2 ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <button type="button" class="icon-button" aria-label="Close the task" onClick={close}>
          <GlyphIcon glyph="close" />
        </button>
      </header>
      {children}
    </aside>
  );
}

interface BodyProps {
  readonly runId: string;
  readonly task: TaskInfo;
  readonly attempts: readonly TaskInfo[];
}

function Body({ runId, task, attempts }: BodyProps): JSX.Element {
  const asked = TABS.find((one) => one === query.value.get("tab"));
  const shown = asked ?? (task.status === "FAILED" ? "stderr" : "about");
  const { word, shape, tone } = TASK_STATES[task.status];
  return (
    <>
      <p class={`state tone-${tone}`}>
        <StateIcon shape={shape} /> {word}
        {task.exit_code !== null && <span class="quiet">exit code {task.exit_code}</span>}
      </p>
      <nav class="tabs" aria-label="About the task">
        {TABS.map((tab) => (
          <button key={tab} type="button" aria-current={tab === shown ? "true" : undefined} onClick={() => changeQuery({ tab }, { replace: true })}>
            {WORDS[tab]}
            {tab === "attempts" && attempts.length > 1 && <span class="count">{attempts.length}</span>}
          </button>
        ))}
      </nav>
      {shown === "about" && <TaskFacts task={task} />}
      {shown === "attempts" && <Attempts attempts={attempts} shownId={task.task_id} />}
      {shown !== "about" && shown !== "attempts" && <TaskOutput runId={runId} task={task} part={shown} />}
    </>
  );
}
