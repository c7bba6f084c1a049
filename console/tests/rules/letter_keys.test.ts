import { expect, test } from "vitest";
import { letterKeyOf } from "../../src/rules/letter_keys.ts";

const press = (key: string, held: object = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...held });

test("a letter is a key of the page where nobody types and no other key is held", () => {
  expect([press("/"), press("n"), press("x"), press("Enter")].map((one) => letterKeyOf(one, false))).toEqual(["/", "n", null, null]);
  expect(letterKeyOf(press("n"), true)).toBeNull();
  const held = [{ ctrlKey: true }, { metaKey: true }, { altKey: true }];
  expect(held.map((one) => letterKeyOf(press("n", one), false))).toEqual([null, null, null]);
});
