// Takes the pictures of docs/console.md: `node journeys/pictures.ts FOLDER`, with the variables of support/stack.ts.
import { type BrowserContextOptions, type Locator, type Page, chromium } from "playwright-core";
import type { RunCreateRequest, RunResponse, TaskListResponse } from "../generated/api.ts";
import { NewRun } from "./parts/new_run.ts";
import { exampleRun } from "./support/example.ts";
import { ADDRESS, Api, CHROMIUM } from "./support/stack.ts";

const USER = "ana@lab.example";
const DESK: BrowserContextOptions = { viewport: { width: 1180, height: 720 } };
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 780 }, colorScheme: "dark", deviceScaleFactor: 1.5, hasTouch: true };

const FAULTY_SHEET = `sample	fastq_1	fastq_2	expected_cells
liver_d1	gs://lab-sequencing/2026-11-16_NB0231/pbmc_donor1_S1_L001_R1_001.fastq.gz	gs://lab-sequencing/2026-11-16_NB0231/pbmc_donor1_S1_L001_R2_001.fastq.gz	5000
liver d2	gs://lab-sequencing/2026-11-16_NB0231/pbmc_donor2_S2_L001_R1_001.fastq.gz	gs://lab-sequencing/2026-11-16_NB0231/pbmc_donor2_S2_L001_R2_001.fastq.gz	8000
liver_d3	gs://lab-sequencing/2026-11-16_NB0231/marrow_donor1.bam		8000
`;

interface Runs {
  readonly failed: string;
  readonly failedTask: string;
  readonly completed: string;
}

interface Shot {
  readonly name: string;
  readonly surroundings: BrowserContextOptions;
  /** Goes there, and returns what is seen when all has been drawn. */
  show(page: Page, runs: Runs): Promise<Locator>;
}

const SHOTS: readonly Shot[] = [
  { name: "runs", surroundings: DESK, show: (page) => opened(page, "/runs", "tbody tr:nth-child(5)") },
  { name: "run", surroundings: DESK, show: (page, { failed }) => opened(page, `/runs/${failed}`, ".diagnosis") },
  {
    name: "task",
    surroundings: DESK,
    show: (page, { failed, failedTask }) => opened(page, `/runs/${failed}/tasks?task=${failedTask}&tab=attempts`, ".drawer table"),
  },
  { name: "timeline", surroundings: DESK, show: (page, { completed }) => opened(page, `/runs/${completed}/timeline`, ".timeline canvas") },
  { name: "new", surroundings: DESK, show: checkedSheet },
  { name: "phone", surroundings: PHONE, show: (page, { failed }) => opened(page, `/runs/${failed}`, ".diagnosis") },
];

async function opened(page: Page, path: string, selector: string): Promise<Locator> {
  await page.goto(path);
  return page.locator(selector).first();
}

async function checkedSheet(page: Page): Promise<Locator> {
  const form = new NewRun(page);
  await form.open();
  await form.paste(FAULTY_SHEET);
  await page.getByRole("button", { name: "Check" }).click();
  await form.problems.first().waitFor();
  await form.grid.evaluate((grid) => grid.scrollIntoView({ block: "center" }));
  return form.problems.first();
}

/** Runs as a lab has them: ended well and badly, cancelled, and one that is running. */
async function prepare(api: Api): Promise<Runs> {
  const completed = await submit(api, exampleRun(), { name: "Blood atlas, batch 3", labels: ["blood", "10x v3"] });
  const failed = await submit(api, { ...exampleRun("fail_oom"), source_project: "marrow" }, { name: "Bone marrow, deeper sequencing", labels: ["marrow"] });
  const cancelled = await submit(api, exampleRun(), { name: "Wrong protocol", labels: [] });
  await api.delete(`/api/runs/${cancelled}`);
  const second = await submit(api, exampleRun(), { name: "Blood atlas, batch 4", labels: ["blood"] });
  for (const runId of [completed, failed, cancelled, second]) await reached(api, runId, isOver);
  const pilot = { ...exampleRun(), source_project: "liver-atlas" };
  const running = await submit(api, pilot, { name: "Liver biopsies, pilot", labels: ["liver", "pilot"] });
  await reached(api, running, (run) => isOver(run) || (run.metrics?.finished ?? 0) > 5);
  const { tasks } = await api.get<TaskListResponse>(`/api/runs/${failed}/tasks?status=FAILED&sort=-submit_time`);
  return { completed, failed, failedTask: tasks[0]?.task_id ?? "" };
}

async function submit(api: Api, request: RunCreateRequest, words: { readonly name: string; readonly labels: readonly string[] }): Promise<string> {
  const { run_id } = await api.post<RunResponse>("/api/runs", request);
  await api.patch(`/api/runs/${run_id}`, words);
  return run_id;
}

function isOver({ status }: RunResponse): boolean {
  return ["completed", "failed", "cancelled"].includes(status);
}

async function reached(api: Api, runId: string, isReached: (run: RunResponse) => boolean): Promise<void> {
  while (!isReached(await api.run(runId))) await new Promise((resolve) => setTimeout(resolve, 500));
}

const folder = process.argv[2];
if (!folder) throw new Error("the folder for the pictures is missing");
const runs = await prepare(new Api(USER));
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--no-proxy-server"] });
for (const { name, surroundings, show } of SHOTS) {
  const context = await browser.newContext({ baseURL: ADDRESS, ...surroundings, reducedMotion: "reduce" });
  await context.addCookies([{ name: "dev_user", value: encodeURIComponent(USER), url: ADDRESS, sameSite: "Strict" }]);
  const page = await context.newPage();
  await (await show(page, runs)).waitFor();
  await page.waitForTimeout(500); // transitions
  await page.screenshot({ path: `${folder}/${name}.png`, caret: "hide" });
  await context.close();
}
await browser.close();
