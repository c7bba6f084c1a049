import { expect, test } from "vitest";
import { Silence } from "../../src/net/silence.ts";

test("a request without an answer is remembered until a minute has passed since the last one", () => {
  const due = new Set<() => void>();
  const silence = new Silence((_ms, action) => {
    due.add(action);
    return () => due.delete(action);
  });
  expect(silence.isNow.value).toBe(false);
  silence.note();
  silence.note();
  expect(silence.isNow.value).toBe(true);
  expect(due.size).toBe(1);
  for (const action of due) action();
  expect(silence.isNow.value).toBe(false);
});
