import { expect, test } from "vitest";
import type { AttemptCostInfo, CostInfo, RunCostResponse } from "../../../generated/api.ts";
import { amountWords, apportioned, basisWords, costOfRun, machineWords, money, savedWords, signOf, stepOf, timeWords, unknownWords } from "../../../src/rules/insight/cost.ts";

const COST: CostInfo = {
  nano_dollars: 1_240_000_000,
  machines: 1_000_000_000,
  gpus: 0,
  disks: 240_000_000,
  basis: "machine",
  complete: true,
  attempts: 2,
  machine_seconds: 5_400,
  spot_losses: 0,
};
const RUN: RunCostResponse = {
  run_id: "run-1a2b3c4d",
  total: COST,
  head_job: COST,
  processes: [],
  saved: COST,
  priced_on: "2026-11-23",
  unknown: [],
  unread_jobs: 0,
  summed_at: null,
};

test("what is shown of the parts adds up to what is shown of the total", () => {
  const parts = [3_333_333_333, 3_333_333_333, 3_333_333_334];
  const shown = apportioned(10_000_000_000, parts, stepOf(10_000_000_000));
  expect(shown.map((part) => money(part, 10_000_000_000))).toEqual(["$3.33", "$3.33", "$3.34"]);
  expect(shown.reduce((sum, part) => sum + part, 0)).toBe(10_000_000_000);
});

test("less than a dollar has four digits, and less than those is not nothing", () => {
  expect([money(1_240_000_000), money(12_400_000), money(10_000), money(0)]).toEqual(["$1.24", "$0.0124", "< $0.0001", "$0.0000"]);
  expect(money(1_000_000, 5_000_000_000)).toBe("< $0.01");
});

test("a list shows a lower bound as one, and a dash if nothing is known", () => {
  const words = (nano_dollars: number | null, complete: boolean): string => costOfRun({ nano_dollars, complete, basis: "machine" });
  expect([words(1_240_000_000, true), words(1_240_000_000, false), words(null, false), costOfRun(null)]).toEqual(["$1.24", "≥ $1.24", "–", "–"]);
});

test("what is guessed may be too much, and is called so", () => {
  const doubt = (basis: CostInfo["basis"], complete: boolean): CostInfo => ({ ...COST, basis, complete });
  expect([signOf(doubt("request", false)), signOf(doubt("machine", false)), signOf(COST)]).toEqual(["≈ ", "≥ ", ""]);
  expect([doubt("request", false), doubt("machine", false), COST].map(amountWords)).toEqual(["about $1.24", "at least $1.24", "$1.24"]);
});

test("what was saved is not known if nobody saw the machines of reused tasks", () => {
  expect(savedWords(COST)).toBe("What reused tasks saved: $1.24.");
  expect(savedWords({ ...COST, nano_dollars: null, complete: false })).toBe("What reused tasks saved: not known.");
  expect(savedWords({ ...COST, nano_dollars: 0, attempts: 0 })).toBe("");
});

test("the basis and its day are told, and that a machine was guessed", () => {
  expect(basisWords(RUN)).toBe("Estimated from the machines that Cloud Batch used and Google's list prices of 2026-11-23.");
  expect(basisWords({ ...RUN, total: { ...COST, basis: "request" } })).toContain("guessed from the cores and memory");
  expect(basisWords({ ...RUN, total: { ...COST, basis: "none" } })).toContain("Nothing is known");
});

test("all that is not known is named", () => {
  const unknown = [{ what: "the price of x9-standard-4 in europe-west1", attempts: 1 }];
  expect(unknownWords({ ...RUN, unknown, unread_jobs: 3 })).toEqual([
    "the price of x9-standard-4 in europe-west1 (1 attempt)",
    "3 jobs that have not been read from Cloud Batch yet",
  ]);
});

test("the machines of a task are named once each, and a guess is called so", () => {
  const on = (machine_type: string | null, spot: boolean, is_guess = false): AttemptCostInfo => ({ machine_type, spot, is_guess }) as AttemptCostInfo;
  expect(machineWords([on("e2-standard-4", true), on("e2-standard-4", true), on("e2-standard-4", false)])).toBe("e2-standard-4, Spot; e2-standard-4");
  expect([machineWords([on("e2-standard-2", false, true)]), machineWords([on(null, false)])]).toEqual(["e2-standard-2 (guessed)", "not known"]);
});

test("the time on machines says how often Google took one away", () => {
  expect([timeWords(COST), timeWords({ ...COST, machine_seconds: 61, spot_losses: 2 })]).toEqual(["1 h 30 min", "1 min 1 s, 2 preempted"]);
  expect(timeWords({ ...COST, attempts: 0 })).toBe("–");
});
