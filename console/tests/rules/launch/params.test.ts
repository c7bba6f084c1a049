import { describe, expect, it } from "vitest";
import { type Param, isChanged, matches, needsValue, sentParams, unknownNames, valuesFrom } from "../../../src/rules/launch/params.ts";

function param(name: string, more: Partial<Param> = {}): Param {
  return {
    name, type: "string", title: name, group: "g", other_types: [], help: "", default: null, required: false, hidden: false,
    enum: [], suggestions: [], aliases: {}, fills: null, pattern: null, expects: null, error: null, format: null,
    minimum: null, maximum: null, ...more,
  };
}

describe("what is sent", () => {
  it("has only what differs from the defaults", () => {
    const params = [param("aligner", { default: "alevin" }), param("genome"), param("skip", { type: "boolean", default: false })];
    expect(sentParams(params, { aligner: "alevin", genome: "GRCh38", skip: false })).toEqual({ genome: "GRCh38" });
    expect(sentParams(params, { aligner: "star", genome: "", skip: true })).toEqual({ aligner: "star", skip: true });
  });

  it("has numbers as numbers, and as text what is none", () => {
    const params = [param("cells", { type: "integer" }), param("share", { type: "number", default: 0.5 })];
    expect(sentParams(params, { cells: "5000", share: "0.50" })).toEqual({ cells: 5000 });
    expect(sentParams(params, { cells: "5k", share: "1e-3" })).toEqual({ cells: "5k", share: 0.001 });
    expect(sentParams(params, { cells: "99999999999999999999" })).toEqual({ cells: "99999999999999999999" });
  });

  it("keeps text that looks like a number as text", () => {
    expect(sentParams([param("title")], { title: "007" })).toEqual({ title: "007" });
  });

  it("takes a switch without a default that is off for unchanged", () => {
    expect(isChanged(param("skip", { type: "boolean" }), { skip: false })).toBe(false);
  });

  it("leaves out what the release does not know", () => {
    expect(sentParams([param("genome")], { old: "x" })).toEqual({});
    expect(unknownNames([param("genome")], { old: "x", gone: "", genome: "y" })).toEqual(["old"]);
  });
});

it("takes the params of an earlier run over", () => {
  expect(valuesFrom({ genome: "GRCh38", cells: 5000, skip: true, odd: [1], none: null })).toEqual({
    genome: "GRCh38", cells: "5000", skip: true,
  });
});

it("finds a parameter by words of its name, title or help", () => {
  const one = param("star_index", { title: "Ready-made index", help: "A STAR index" });
  expect(matches(one, "index star")).toBe(true);
  expect(matches(one, "kallisto")).toBe(false);
  expect(matches(one, "")).toBe(true);
});

it("needs a value of what is required, even where there is a default", () => {
  const protocol = param("protocol", { required: true, default: "auto" });
  expect(needsValue(param("genome", { required: true }), { genome: " " })).toBe(true);
  expect(needsValue(protocol, {})).toBe(true);
  expect(needsValue(protocol, { protocol: "auto" })).toBe(false);
  expect(sentParams([protocol], { protocol: "auto" })).toEqual({ protocol: "auto" });
});
