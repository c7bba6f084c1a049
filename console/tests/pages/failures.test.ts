import { expect, test } from "vitest";
import { askedOf, failuresAddress, selectionIn } from "../../src/pages/failures/selection.ts";
import { seenWords } from "../../src/rules/insight/failures.ts";

test.each([{ everybody: false, cursor: "" }, { everybody: true, cursor: "b64==" }])("a selection survives its address: %j", (selection) => {
  expect(selectionIn(new URL(failuresAddress(selection), "https://sluice.lab").searchParams)).toEqual(selection);
});

test("the API is asked for what was chosen and nothing else", () => {
  expect(askedOf({ everybody: false, cursor: "" })).toEqual({});
  expect(askedOf({ everybody: true, cursor: "c" })).toEqual({ all: true, cursor: "c" });
});

test("how often a failure was seen is said in words", () => {
  expect([1, 2, 1200].map((times) => seenWords({ times }))).toEqual(["once", "2 times", "1,200 times"]);
});
