import { expect, test } from "vitest";
import type { FileInfo, FileListResponse } from "../../generated/api.ts";
import { type AskFiles, FileStore, type Group } from "../../src/pages/run/files/store.ts";

const PAGE = 50;

const REPORT = { name: "multiqc/multiqc_report.html" } as FileInfo;

function answerOf(files: FileListResponse["files"], total: number, next: string | null): FileListResponse {
  return { files, total, total_capped: false, page: null, page_size: PAGE, next_cursor: next };
}

/** A service with so many files in each group; a cursor is the number of the next. */
function service(counts: Record<Group, number>) {
  const asked: string[] = [];
  const ask: AskFiles = async ({ group = "results", cursor, prefix }) => {
    asked.push(prefix ? `${group} ${prefix}*` : `${group} ${cursor ?? 0}`);
    if (prefix) return answerOf({ results: [REPORT], logs: [], inputs: [] }, 1, null);
    const [from, total] = [Number(cursor ?? 0), counts[group]];
    const to = Math.min(total, from + PAGE);
    const found = Array.from({ length: to - from }, (_, index) => ({ name: `${group}-${from + index}` }) as FileInfo);
    const files = { results: [], logs: [], inputs: [], [group]: found };
    const next = to < total ? String(to) : null;
    return answerOf(files, total, next);
  };
  return { asked, ask };
}

test("all groups are listed to their ends, and drawn a few times only", async () => {
  const { asked, ask } = service({ results: 5_000, logs: 5, inputs: 3 });
  const store = new FileStore(ask);
  let drawn = 0;
  store.files.subscribe(() => (drawn += 1));
  await store.load();
  const { results, logs, inputs } = store.files.value;
  expect([results.length, logs.length, inputs.length, store.isWhole.value, store.total.value]).toEqual([5_000, 5, 3, true, "5,008"]);
  expect(new Set(results.map(({ name }) => name)).size).toBe(5_000);
  expect(asked.length).toBe(103);
  expect(store.report.value).toBe(REPORT);
  expect(drawn).toBeLessThan(20);
});

test("more than ten thousand files of a group are loaded on demand", async () => {
  const { ask } = service({ results: 10_020, logs: 0, inputs: 0 });
  const store = new FileStore(ask);
  await store.load();
  expect([store.files.value.results.length, store.isWhole.value, store.isLoading.value]).toEqual([10_000, false, false]);
  await store.load();
  expect([store.files.value.results.length, store.isWhole.value]).toEqual([10_020, true]);
});

test("an error is kept, and loading goes on where it stopped", async () => {
  const { asked, ask } = service({ results: 60, logs: 0, inputs: 0 });
  let isAway = true;
  const store = new FileStore((asked, signal) => (isAway && asked.cursor ? Promise.reject(new Error("away")) : ask(asked, signal)));
  await store.load();
  expect([(store.error.value as Error).message, store.files.value.results.length, store.isWhole.value]).toEqual(["away", 50, false]);
  isAway = false;
  await store.load();
  expect([store.error.value, store.files.value.results.length, store.isWhole.value]).toEqual([null, 60, true]);
  expect(asked).toEqual(["results 0", "logs 0", "inputs 0", "results multiqc*", "results 50"]);
});

test("a page that is left keeps no error", async () => {
  const store = new FileStore((_asked, signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))));
  const loading = store.load();
  store.stop();
  await loading;
  expect([store.error.value, store.isLoading.value]).toEqual([null, false]);
});
