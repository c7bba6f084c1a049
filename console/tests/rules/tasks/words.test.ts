import { expect, test } from "vitest";
import type { TaskInfo } from "../../../generated/api.ts";
import { diskWords, finishedWords } from "../../../src/rules/tasks/words.ts";

const words = (disk: number | null, read_bytes: number | null, write_bytes: number | null): string =>
  diskWords({ disk, read_bytes, write_bytes } as TaskInfo);

test("the words for disks leave out what is not known, and say zero", () => {
  expect(words(100 * 1024 ** 3, 2048, 0)).toBe("100 GB asked for, 2 kB read, 0 B written");
  expect(words(null, 0, null)).toBe("0 B read");
  expect(words(null, null, null)).toBe("");
});

test("a process says how many of its tasks have ended until all have", () => {
  expect(finishedWords({ count: 1_200, finished: 0 })).toBe("0 of 1,200");
  expect(finishedWords({ count: 1_200, finished: 1_200 })).toBe("1,200");
});
