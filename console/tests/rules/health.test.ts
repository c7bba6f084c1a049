import { expect, test } from "vitest";
import type { ServiceStatus } from "../../generated/api.ts";
import { healthNotice } from "../../src/rules/health.ts";

type Part = ServiceStatus["parts"][number];

const well: Part = { part: "database", state: "well", since: null, meaning: "", detail: null };
const unheard: Part = { ...well, part: "prices", state: "unknown" };
const batch: Part = { part: "batch", state: "away", since: "2026-12-01T10:00:00Z", meaning: "Runs start late.", detail: null };
const work: Part = { part: "work", state: "degraded", since: "2026-12-01T11:00:00Z", meaning: "Pages are old.", detail: null };

test("nothing is said while no part is known to be unwell", () => {
  expect(healthNotice({ state: "well", parts: [well, unheard] })).toBeNull();
});

test("each part that is not well is named by what it means, and since when", () => {
  const notice = healthNotice({ state: "away", parts: [well, batch, work] });
  expect(notice?.title).toBe("A part of Sluice is away");
  expect(notice?.facts).toEqual([
    { meaning: "Runs start late.", since: batch.since },
    { meaning: "Pages are old.", since: work.since },
  ]);
  expect(healthNotice({ state: "degraded", parts: [work] })?.title).toBe("A part of Sluice does not work as usual");
});

test("other news have another key, the same news have the same", () => {
  const keys = [[batch], [batch, work], [{ ...batch, since: work.since }], [batch]].map((parts) => healthNotice({ state: "away", parts })?.key);
  expect(new Set(keys).size).toBe(3);
  expect(keys[3]).toBe(keys[0]);
});
