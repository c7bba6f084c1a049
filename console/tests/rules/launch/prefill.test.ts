import { expect, it } from "vitest";
import { originIn, prefillIn } from "../../../src/rules/launch/prefill.ts";

it("reads the run, the sequencing run and the parameters of an address", () => {
  const query = new URLSearchParams("pipeline=a/b&from=run-0123abcd&ngs_run=NB%2F1&param.genome=GRCh38&param.skip=true");
  expect(prefillIn(query)).toEqual({ from: "run-0123abcd", ngsRun: "NB/1", values: { genome: "GRCh38", skip: "true" } });
});

it("takes no other text for a run", () => {
  expect(prefillIn(new URLSearchParams("from=../x")).from).toBeNull();
});

it("tells forms with another start apart, whatever the pipeline and the order", () => {
  const one = originIn(new URLSearchParams("pipeline=a&param.b=1&param.a=2"));
  expect(originIn(new URLSearchParams("param.a=2&pipeline=c&param.b=1"))).toBe(one);
  expect(originIn(new URLSearchParams("pipeline=a"))).toBe("");
});
