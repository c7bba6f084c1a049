import type { Page, Request } from "playwright-core";
import { expect } from "vitest";
import type { RunListResponse } from "../generated/api.ts";
import { NewRun } from "./parts/new_run.ts";
import { Run } from "./parts/run.ts";
import { accessibilityFaults } from "./support/axe.ts";
import { submitExample } from "./support/example.ts";
import { journey } from "./support/journey.ts";

const REFUSED = /Failed to load resource/;
const POLLED_WITHIN_MS = 15_000;

interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly title: string;
  readonly advice: RegExp;
  readonly canRetry: boolean;
}

const REFUSALS: readonly Refusal[] = [
  { status: 403, title: "You may not see or do this", advice: /Ask the owner of the run/, canRetry: false },
  { status: 404, title: "There is nothing here", advice: /Check the address/, canRetry: false },
  { status: 429, headers: { "retry-after": "7" }, title: "Too many requests", advice: /Wait 7 s/, canRetry: true },
  { status: 500, title: "Something in Sluice broke", advice: /report the request/, canRetry: true },
  { status: 503, title: "Sluice is not answering at the moment", advice: /Your runs go on without it/, canRetry: true },
];

for (const { status, headers = {}, title, advice, canRetry } of REFUSALS) {
  journey(`a run's page that gets ${status} says what to do`, async ({ page, watch }) => {
    watch.expect(REFUSED);
    const json = { error: "x", detail: "what the service says", code: "X", request_id: "abc123" };
    await page.route("**/api/runs/run-00000000**", (route) => route.fulfill({ status, headers, json }));
    await page.goto("/runs/run-00000000");
    const notice = page.getByRole("alert");
    await notice.getByRole("heading", { name: title }).waitFor();
    await notice.getByText("What the service says.").waitFor();
    await notice.getByText(advice).waitFor();
    expect(await notice.getByRole("button", { name: "Try again" }).count()).toBe(canRetry ? 1 : 0);
    expect(await accessibilityFaults(page)).toEqual([]);
  });
}

journey("a list is still shown while the service is away, and brought up to date after it", async ({ page, api, watch }) => {
  watch.expect(REFUSED);
  const runId = await submitExample(api);
  await page.goto("/runs");
  const row = page.getByRole("row").filter({ hasText: runId });
  await row.waitFor();
  await page.route("**/api/runs?*", (route) => route.abort("connectionrefused"));
  await page.getByText("Sluice cannot be reached.").waitFor({ timeout: POLLED_WITHIN_MS });
  await row.waitFor();
  await page.unroute("**/api/runs?*");
  await page.getByText("Sluice cannot be reached.").waitFor({ state: "detached", timeout: POLLED_WITHIN_MS });
});

journey("a slow service looks slow, not broken", async ({ page }) => {
  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route("**/api/runs?*", async (route) => {
    await held;
    await route.continue();
  });
  await page.goto("/runs");
  await page.getByText("Loading the runs").waitFor({ state: "attached" });
  expect(await accessibilityFaults(page)).toEqual([]);
  answer();
  await page.getByRole("heading", { name: "No runs yet" }).waitFor();
});

journey("a run that vanishes while it is looked at says so and stays to be read", async ({ page, api, watch }) => {
  watch.expect(REFUSED);
  const runId = await submitExample(api);
  const run = new Run(page);
  await run.open(runId, "log");
  await page.route(`**/api/runs/${runId}`, (route) => route.fulfill({ status: 404, json: { detail: "gone", code: "NOT_FOUND" } }));
  await page.getByText("There is nothing here.").waitFor({ timeout: POLLED_WITHIN_MS });
  await run.heading.getByText("nf-core/scrnaseq").waitFor();
});

journey("a start that is refused says why, keeps the form, and marks what to mend", async ({ page, api, watch }) => {
  watch.expect(REFUSED);
  const form = await formLike(page, await submitExample(api));
  const fault = { field: "samplesheet_csv", row: 2, column: "fastq_1", message: "there is no such file", code: "X" };
  await refuseStarts(page, { status: 422, json: { detail: "wrong", code: "INVALID", faults: [fault] } });
  await form.summary.getByRole("button", { name: "Start the run" }).click();
  await form.summary.getByText("row 2, fastq_1: there is no such file").waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await form.summary.getByRole("button", { name: "Back to the form" }).click();
  expect(await form.cell(0, 1).getAttribute("aria-invalid")).toBe("true");

  await page.unroute(STARTS);
  await refuseStarts(page, { status: 409, json: { detail: "the key was used for something else", code: "CONFLICT" } });
  await form.review();
  await form.summary.getByRole("button", { name: "Start the run" }).click();
  await form.summary.getByText("the key was used for something else").waitFor();
});

journey("a start is sent again with its key when the service was away, and starts one run", async ({ page, api, watch }) => {
  watch.expect(REFUSED);
  const form = await formLike(page, await submitExample(api));
  const sent: Request[] = [];
  await page.route(STARTS, async (route, request) => {
    if (request.method() !== "POST") return route.fallback();
    sent.push(request);
    const answer = await route.fetch(); // the run is made, and nobody hears of it
    return sent.length === 1 ? route.fulfill({ status: 503, headers: { "retry-after": "1" }, json: { detail: "away" } }) : route.fulfill({ response: answer });
  });
  await form.start();
  expect(new Set(sent.map((request) => request.headers()["idempotency-key"])).size).toBe(1);
  expect(sent).toHaveLength(2);
  expect((await api.get<RunListResponse>("/api/runs")).runs).toHaveLength(2);
});

const STARTS = "**/api/runs";

async function formLike(page: Page, runId: string): Promise<NewRun> {
  const form = new NewRun(page);
  await form.open(`?from=${runId}`);
  await form.review();
  return form;
}

async function refuseStarts(page: Page, answer: { readonly status: number; readonly json: object }): Promise<void> {
  await page.route(STARTS, (route, request) => (request.method() === "POST" ? route.fulfill(answer) : route.fallback()));
}
