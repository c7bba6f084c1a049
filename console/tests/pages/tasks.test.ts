import { expect, test } from "vitest";
import type { TaskInfo } from "../../generated/api.ts";
import { PAGE_ROWS, type TaskAnswer, TaskList } from "../../src/pages/run/tasks/list.ts";
import { type TaskQuery, nextSort, questionsFor, taskSelectionIn } from "../../src/pages/run/tasks/selection.ts";

const FIRST = taskSelectionIn(new URLSearchParams());
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** A service with so many tasks of each status; a cursor is the number of the next. */
function service(counts: Record<string, number>) {
  const asked: string[] = [];
  const ask = async (query: TaskQuery): Promise<TaskAnswer> => {
    const status = query.status ?? "all";
    asked.push(`${status} ${query.cursor ? `after ${query.cursor}` : (query.offset ?? 0)}`);
    const total = counts[status] ?? 0;
    const from = Number(query.cursor ?? query.offset ?? 0);
    const to = Math.min(total, from + (query.limit ?? 0));
    const tasks = Array.from({ length: to - from }, (_, index) => ({ task_id: `${status}-${from + index}` }) as TaskInfo);
    return { tasks, total, total_capped: false, next_cursor: to < total ? String(to) : null };
  };
  return { asked, ask };
}

test("failed tasks come first, and what succeeded can be left out", () => {
  const counts = { COMPLETED: 5, FAILED: 1, RUNNING: 2, CACHED: 0 };
  const statuses = (changes: object): unknown[] => questionsFor({ ...FIRST, ...changes }, counts).map(({ status }) => status);
  expect(statuses({})).toEqual(["FAILED", "RUNNING", "COMPLETED"]);
  expect(statuses({ hidesSucceeded: true })).toEqual(["FAILED", "RUNNING"]);
  expect(statuses({ sort: "-duration" })).toEqual([undefined]);
  expect(statuses({ status: "CACHED", hidesSucceeded: true })).toEqual(["CACHED"]);
});

test("a column sorts up, down, and then not", () => {
  expect(nextSort(null, "duration")).toBe("duration");
  expect(nextSort("duration", "duration")).toBe("-duration");
  expect(nextSort("-duration", "duration")).toBeNull();
  expect(taskSelectionIn(new URLSearchParams("sort=-duration&status=nothing")).sort).toBe("-duration");
  expect(taskSelectionIn(new URLSearchParams("sort=drop")).sort).toBeNull();
});

test("the parts of a list follow each other, and only pages in view are asked for", async () => {
  const { asked, ask } = service({ FAILED: 3, COMPLETED: 2_000 });
  const list = new TaskList([{ status: "FAILED" }, { status: "COMPLETED" }], ask);
  list.recount({ FAILED: 3, COMPLETED: 2_000 });
  list.show(0, 30);
  await turn();
  expect(list.count).toBe(2_003);
  expect([list.row(2)?.task_id, list.row(3)?.task_id, list.row(600)]).toEqual(["FAILED-2", "COMPLETED-0", null]);
  expect(asked).toEqual(["FAILED 0", "COMPLETED 0"]);
});

test("rows far below are reached at once, and the rows after them by a cursor", async () => {
  const { asked, ask } = service({ all: 100_000 });
  const list = new TaskList([{}], ask);
  list.show(0, 30);
  await turn();
  list.show(99_000, 99_030);
  await turn();
  list.show(99_490, 99_520);
  await turn();
  expect([list.row(99_000)?.task_id, list.row(99_519)?.task_id]).toEqual(["all-99000", "all-99519"]);
  expect(asked).toEqual(["all 0", "all 99000", "all after 99500"]);
});

test("pages far from the rows in view are forgotten and asked for again", async () => {
  const { ask } = service({ all: 100_000 });
  const list = new TaskList([{}], ask);
  for (let page = 0; page < 100; page += 1) {
    list.show(page * PAGE_ROWS, page * PAGE_ROWS + 30);
    await turn();
  }
  expect([list.row(0), list.row(99 * PAGE_ROWS)?.task_id]).toEqual([null, `all-${99 * PAGE_ROWS}`]);
  list.show(0, 30);
  await turn();
  expect(list.row(0)?.task_id).toBe("all-0");
});

test("a list that became shorter than its counts say is not asked for ever", async () => {
  const { asked, ask } = service({ RUNNING: 600 });
  const list = new TaskList([{ status: "RUNNING" }], ask);
  list.recount({ RUNNING: 5_000 });
  list.show(4_900, 4_930);
  await turn();
  list.show(4_900, 4_930);
  await turn();
  expect([asked, list.row(4_900), list.count]).toEqual([["RUNNING 4500"], null, 600]);
});

test("a refresh asks again for what is in view, and a list that shrank ends where it ends now", async () => {
  const counts = { RUNNING: 600 };
  const { asked, ask } = service(counts);
  const list = new TaskList([{ status: "RUNNING" }], ask);
  list.show(0, 20);
  await turn();
  counts.RUNNING = 4;
  list.refresh();
  await turn();
  expect([list.count, list.row(4)]).toEqual([4, null]);
  expect(asked).toEqual(["RUNNING 0", "RUNNING 0"]);
});

test("counts that are ahead of the list do not make it ask for ever", async () => {
  const { asked, ask } = service({ RUNNING: 2 });
  const list = new TaskList([{ status: "RUNNING" }], ask);
  list.show(0, 20);
  await turn();
  list.recount({ RUNNING: 10 });
  list.show(0, 20);
  await turn();
  expect(asked.length).toBe(1);
});

test("an error is kept until an answer comes", async () => {
  let isAway = true;
  const { ask } = service({ all: 1 });
  const list = new TaskList([{}], async (query) => {
    if (isAway) throw new Error("away");
    return ask(query);
  });
  list.show(0, 20);
  await turn();
  expect((list.error.value as Error).message).toBe("away");
  isAway = false;
  list.refresh();
  await turn();
  expect([list.error.value, list.count]).toEqual([null, 1]);
});
