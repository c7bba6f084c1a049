import { expect, test, vi } from "vitest";
import type { RunResponse } from "../../generated/api.ts";

// The typed client reads the address of the page when it is made.
vi.stubGlobal("location", { origin: "http://sluice.test" });
vi.stubGlobal("document", { visibilityState: "visible", addEventListener: () => undefined });
const { after } = await import("../../src/pages/run/live.ts");

const RUN = { run_id: "run-1a2b3c4d", status: "submitted", failing: false, cancel_requested_at: null, name: "Liver", metrics: null, updated_at: "2026-11-30T18:51:00Z" } as RunResponse;

const said = (words: object): string => JSON.stringify({ run_id: RUN.run_id, at: "2026-11-30T18:51:29Z", ...words });

test("a state is shown when its event comes, before the run is read again", () => {
  expect(after(RUN, { name: "status", data: said({ status: "running", failing: false }) })).toEqual({ ...RUN, status: "running" });
  const cancelling = said({ status: "running", cancel_requested_at: "2026-11-30T18:52:00Z" });
  expect(after(RUN, { name: "status", data: cancelling }).cancel_requested_at).toBe("2026-11-30T18:52:00Z");
  expect(after({ ...RUN, status: "running" }, { name: "status", data: said({ status: "running", failing: true }) }).failing).toBe(true);
});

test("counts are taken from their event, and what it does not say stays", () => {
  const counted = after(RUN, { name: "progress", data: said({ tasks: { RUNNING: 2 }, total: 2, finished: 0 }) });
  expect(counted.metrics).toMatchObject({ tasks: { RUNNING: 2 }, total: 2, finished: 0, cpu_hours: 0 });
  const later = after({ ...counted, metrics: { ...counted.metrics!, cpu_hours: 3 } }, { name: "progress", data: said({ total: 5 }) });
  expect(later.metrics).toMatchObject({ tasks: { RUNNING: 2 }, total: 5, cpu_hours: 3 });
});

test("a state that is older than the last answer is not shown again", () => {
  const over = { ...RUN, status: "completed", updated_at: "2026-11-30T19:00:00Z" } as RunResponse;
  expect(after(over, { name: "status", data: said({ status: "running" }) })).toBe(over);
});

test("events of another run, and of kinds that are not known, change nothing", () => {
  expect(after(RUN, { name: "status", data: JSON.stringify({ run_id: "run-ffffffff", status: "failed" }) })).toBe(RUN);
  expect(after(RUN, { name: "change", data: said({ changes: { name: "Lung" } }) })).toBe(RUN);
});
