import type { Locator, Page } from "playwright-core";
import type { TaskListResponse } from "../../generated/api.ts";
import { NewRun } from "../parts/new_run.ts";
import { ended, submitExample } from "./example.ts";
import type { Api } from "./stack.ts";

/** The runs that the tour passes. */
export interface Seen {
  readonly failed: string;
  readonly failedTask: string;
  readonly completed: string;
}

export interface Stop {
  readonly name: string;
  /** Where it begins. */
  path(seen: Seen): string;
  /** What has to be done there, and what shows that all has been drawn. */
  ready(page: Page, seen: Seen): Promise<Locator>;
}

/** Two runs of this user, ended. */
export async function prepare(api: Api): Promise<Seen> {
  const [failed, completed] = await Promise.all([submitExample(api, "fail_oom"), submitExample(api)]);
  await Promise.all([failed, completed].map((runId) => ended(api, runId)));
  const { tasks } = await api.get<TaskListResponse>(`/api/runs/${failed}/tasks?status=FAILED`);
  return { failed, completed, failedTask: tasks[0]?.task_id ?? "" };
}

function at(name: string, path: (seen: Seen) => string, ready: Stop["ready"]): Stop {
  return { name, path, ready };
}

const heading = (name: string) => async (page: Page): Promise<Locator> => page.getByRole("heading", { name });

async function faultyForm(page: Page): Promise<Locator> {
  const form = new NewRun(page);
  await form.paste("sample\tfastq_1\tfastq_2\nS 1\tgs://lab/a.fq.gz\tgs://lab/b.txt\n");
  await page.getByRole("button", { name: "Check" }).click();
  return page.getByRole("region", { name: "Result of the check" }).locator(".problem").first();
}

async function picker(page: Page): Promise<Locator> {
  await page.getByRole("button", { name: "From Benchling …" }).click();
  return page.getByRole("dialog").locator(".picker-row").first();
}

async function libraries(page: Page): Promise<Locator> {
  await (await picker(page)).click();
  return page.getByRole("dialog").getByRole("button", { name: /^Take / });
}

async function column(page: Page): Promise<Locator> {
  await page.getByRole("grid").getByRole("button").first().click();
  return page.getByRole("dialog");
}

async function review(page: Page): Promise<Locator> {
  const form = new NewRun(page);
  await form.review();
  return form.summary;
}

async function advice(page: Page): Promise<Locator> {
  await page.getByRole("button", { name: "Suggest CPUs and memory" }).click();
  return page.getByRole("heading", { name: "What earlier runs say" });
}

async function menu(page: Page): Promise<Locator> {
  await page.locator(".menu summary").click();
  return page.locator(".menu-panel");
}

const file = (name: string) => ({ completed }: Seen): string => `/runs/${completed}/files?file=${encodeURIComponent(name)}`;
const drawer = (tab: string) => ({ failed, failedTask }: Seen): string => `/runs/${failed}/tasks?task=${failedTask}&tab=${tab}`;
const inDrawer = (selector: string) => async (page: Page): Promise<Locator> => page.locator(`.drawer ${selector}`).first();

/** Every page, tab, drawer and dialog, with something to see in it. */
export const STOPS: readonly Stop[] = [
  at("runs", () => "/runs", async (page) => page.locator("tbody tr").nth(1)),
  at("runs-no-match", () => "/runs?search=nothing+has+this", heading("No run matches")),
  at("runs-shared", () => "/runs?whose=shared", heading("Nobody has shared a run with you")),
  at("menu", () => "/runs", menu),
  at("preferences", () => "/preferences", heading("Notifications")),
  at("search-nothing", () => "/search", heading("Search the logs of your runs")),
  at("search", () => "/search?q=error", async (page) => page.locator(".hits li").first()),
  at("failures", () => "/failures", async (page) => page.locator(".hits li").first()),
  at("missing", () => "/nowhere", heading("There is no such page")),
  at("new", () => "/runs/new", async (page) => page.getByRole("grid")),
  at("new-faults", () => "/runs/new", faultyForm),
  at("new-column", () => "/runs/new", column),
  at("new-benchling", () => "/runs/new", picker),
  at("new-libraries", () => "/runs/new", libraries),
  at("new-again", ({ completed }) => `/runs/new?from=${completed}`, async (page) => page.locator(".start-notice")),
  at("new-review", ({ completed }) => `/runs/new?from=${completed}`, review),
  at("overview-failed", ({ failed }) => `/runs/${failed}`, heading("Processes")),
  at("overview-completed", ({ completed }) => `/runs/${completed}`, heading("Processes")),
  at("tasks", ({ failed }) => `/runs/${failed}/tasks`, async (page) => page.locator(".task-row .task-name").first()),
  at("tasks-no-match", ({ failed }) => `/runs/${failed}/tasks?search=nothing`, heading("No task matches")),
  at("task-about", drawer("about"), inDrawer(".pairs")),
  at("task-attempts", drawer("attempts"), inDrawer("table")),
  at("task-stdout", drawer("stdout"), inDrawer(".text-view")),
  at("timeline", ({ completed }) => `/runs/${completed}/timeline`, async (page) => page.locator("canvas")),
  at("efficiency", ({ completed }) => `/runs/${completed}/efficiency`, async (page) => page.locator(".use-range").first()),
  at("cost", ({ completed }) => `/runs/${completed}/cost`, heading("Estimated cost")),
  at("compare", ({ failed, completed }) => `/runs/${failed}/compare?with=${completed}`, heading("Processes")),
  at("compare-alone", ({ completed }) => `/runs/${completed}/compare?with=${completed}`, heading("Nothing differs")),
  at("new-advice", () => "/runs/new", advice),
  at("log", ({ completed }) => `/runs/${completed}/log`, async (page) => page.locator(".log-scroll .log-row").first()),
  at("log-errors", ({ failed }) => `/runs/${failed}/log?level=WARN`, async (page) => page.locator(".log-scroll .log-row").first()),
  at("log-search", ({ completed }) => `/runs/${completed}/log?search=STAR`, async (page) => page.locator("mark").first()),
  at("log-no-match", ({ completed }) => `/runs/${completed}/log?search=nothing+has+this`, heading("No entry matches")),
  at("files", ({ completed }) => `/runs/${completed}/files`, async (page) => page.locator(".tree-line").first()),
  at("file-table", file("inputs/samplesheet.csv"), async (page) => page.locator(".preview .table-line").first()),
  at("file-report", file("results/multiqc/multiqc_report.html"), async (page) => page.locator(".preview iframe")),
  at("inputs", ({ completed }) => `/runs/${completed}/inputs`, heading("Samplesheet")),
  at("history", ({ failed }) => `/runs/${failed}/history`, async (page) => page.locator(".history li").nth(2)),
  at("edit", ({ failed }) => `/runs/${failed}?do=edit`, async (page) => page.getByRole("dialog")),
  at("share", ({ failed }) => `/runs/${failed}?do=share`, async (page) => page.getByRole("dialog")),
  at("recover", ({ failed }) => `/runs/${failed}?do=recover`, async (page) => page.getByRole("region", { name: "The plan" })),
  at("cancel-ended", ({ completed }) => `/runs/${completed}?do=cancel`, async (page) => page.getByRole("dialog")),
];
