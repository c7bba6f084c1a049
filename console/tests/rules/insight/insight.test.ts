import { expect, test } from "vitest";
import type { HelpfulChange, PipelineAdviceResponse, RunComparison, TaskPair } from "../../../generated/api.ts";
import { costWords, isEmpty, otherRun, shownValue, taskWords } from "../../../src/rules/insight/comparison.ts";
import { changeWords, timesWords } from "../../../src/rules/insight/failures.ts";
import { dollars, hasAdvice, percent, requestWords, summaryOf, withAdvice } from "../../../src/rules/insight/sizing.ts";

const GB = 1024 ** 3;

test("a change that helped is told in the words of its kind", () => {
  const words = (kind: HelpfulChange["kind"], name: string, before: unknown, after: unknown): string =>
    changeWords({ kind, name, before, after } as HelpfulChange);
  expect(words("request", "memory", 36 * GB, 72 * GB)).toBe("memory of first attempts 36 GB → 72 GB");
  expect(words("request", "time_ms", 3_600_000, 7_200_000)).toBe("time limit of first attempts 1 h → 2 h");
  expect(words("request", "cpus", 4, 8)).toBe("cpus of first attempts 4 → 8");
  expect(words("param", "aligner", null, "star")).toBe("aligner none → star");
  expect(words("config", "line 3", null, "  process.cpus = 4")).toBe("line 3 of the config added: process.cpus = 4");
  expect(words("config", "line 3", "process.cpus = 4", null)).toBe("line 3 of the config removed: process.cpus = 4");
});

test("a failure that was seen once is not counted", () => {
  expect(timesWords({ times: 1 })).toBe("");
  expect(timesWords({ times: 1_200 })).toBe("Seen 1,200 times");
});

test("shares, requests and money are words, and what is unknown is left out", () => {
  expect([percent(0.417), percent(1.5), percent(null)]).toEqual(["42%", "150%", "–"]);
  expect(requestWords({ cpus: 8, memory: 36 * GB })).toBe("8 CPUs, 36 GB");
  expect(requestWords({ cpus: 1, memory: null })).toBe("1 CPU");
  expect([dollars(12_010_000_000), dollars(-5_000_000)]).toEqual(["$12.01", "−$0.01"]);
});

test("the advice is summed up with what it saves or costs", () => {
  const advice = (saved: number | null, verdicts: readonly string[], runs = 12): string =>
    summaryOf({ runs, saved_monthly: saved, processes: verdicts.map((verdict) => ({ verdict })) } as PipelineAdviceResponse);
  expect(advice(2e9, ["ask_less", "fits", "ask_more"])).toContain("suggested for 2 processes");
  expect(advice(2e9, ["ask_less"])).toContain("saved about $2.00.");
  expect(advice(-2e9, ["ask_more"])).toContain("cost about $2.00 more.");
  expect(advice(null, ["ask_less"])).toMatch(/12 earlier runs\.$/);
  expect(advice(null, ["fits", "fits"])).toContain("No change suggested");
  expect(advice(null, [], 1)).toMatch(/1 earlier run\.$/);
});

test("too few tasks are not taken for a good request, and what ran out of memory is told", () => {
  const of = (process: string, kills: number, memory: number | null): object =>
    ({ process, kills, verdict: "not_enough_yet", asked: { cpus: 8, memory } });
  const processes = [of("NF:FASTQC", 0, 6 * GB), of("NF:STAR_ALIGN", 2, 72 * GB), of("NF:SORT", 1, null)];
  expect(summaryOf({ runs: 1, saved_monthly: null, processes } as unknown as PipelineAdviceResponse)).toBe(
    "There are not enough tasks to judge by yet, in 1 earlier run. STAR_ALIGN ran out of memory 2 times; " +
      "its first attempts ask for 72 GB. SORT ran out of memory once.",
  );
  const mixed = [...processes, { verdict: "fits" }];
  expect(summaryOf({ runs: 3, saved_monthly: null, processes: mixed } as unknown as PipelineAdviceResponse)).toMatch(
    /^No change suggested, judging by the tasks of 3 earlier runs\. STAR_ALIGN ran out of memory 2 times/,
  );
});

test("advice goes below what the config has, once", () => {
  const block = "process {\n}\n";
  expect(withAdvice("", block)).toBe(block);
  expect(withAdvice("a = 1\n\n", block)).toBe("a = 1\n\nprocess {\n}\n");
  expect(hasAdvice("a = 1\n\nprocess {\n}", block)).toBe(true);
  expect(hasAdvice("a = 1", block)).toBe(false);
});

test("costs are told only if both are known", () => {
  expect(costWords({ nano_dollars: 2_310_000_000, with_nano_dollars: 1_120_000_000 })).toBe("About $2.31; the other run about $1.12");
  expect(costWords({ nano_dollars: 4_400_000, with_nano_dollars: 8_000_000 })).toBe("About $0.0044; the other run about $0.0080");
  expect(costWords({ nano_dollars: 2_310_000_000, with_nano_dollars: null })).toBe("");
});

test("a recovery is compared with its parent unless another run is asked for", () => {
  const recovery = { parent_run_id: "run-1a2b3c4d" };
  expect([null, "", "last", "run-5e6f7a8b"].map((asked) => otherRun(asked, recovery))).toEqual([
    "run-1a2b3c4d", "run-1a2b3c4d", "", "run-5e6f7a8b",
  ]);
  expect(otherRun(null, { parent_run_id: null })).toBe("");
});

test("a pair of tasks says what differs, or which run has it", () => {
  const task = { state: "COMPLETED", memory: 36 * GB, exit_code: 0, time_ms: 60_000, container: null } as NonNullable<TaskPair["before"]>;
  const pair = { before: task, after: { ...task, state: "FAILED", memory: 72 * GB, exit_code: 1 }, fields: ["state", "memory", "exit_code"] };
  expect(taskWords(pair as TaskPair)).toBe("state COMPLETED → FAILED, memory 36 GB → 72 GB, exit code 0 → 1");
  expect(taskWords({ ...pair, before: null } as TaskPair)).toBe("only in this run");
  expect(taskWords({ ...pair, after: null } as TaskPair)).toBe("only in the other run");
});

test("a comparison is empty if nothing differs", () => {
  const none = {
    params: [], config: [], sheet: { added: 0, removed: 0, changed: 0, rows: [] }, processes: [], different_tasks: 0,
    pipeline: null, pipeline_version: null,
  } as unknown as RunComparison;
  expect(isEmpty(none)).toBe(true);
  expect(isEmpty({ ...none, different_tasks: 1 })).toBe(false);
  expect(isEmpty({ ...none, pipeline_version: { before: "1", after: "2" } })).toBe(false);
  expect([shownValue(null), shownValue("a"), shownValue(5), shownValue({ a: 1 })]).toEqual(["none", "a", "5", '{"a":1}']);
});
