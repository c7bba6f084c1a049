import { expect, test } from "vitest";
import type { TaskInfo } from "../../generated/api.ts";
import { diskWords } from "../../src/rules/task_words.ts";

const words = (disk: number | null, read_bytes: number | null, write_bytes: number | null): string =>
  diskWords({ disk, read_bytes, write_bytes } as TaskInfo);

test("the words for disks leave out what is not known, and say zero", () => {
  expect(words(100 * 1024 ** 3, 2048, 0)).toBe("100 GB asked for, 2 kB read, 0 B written");
  expect(words(null, 0, null)).toBe("0 B read");
  expect(words(null, null, null)).toBe("");
});
