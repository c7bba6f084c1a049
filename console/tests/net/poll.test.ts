import { signal } from "@preact/signals";
import { expect, test } from "vitest";
import { type Fresh, Poller } from "../../src/net/poll.ts";

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** A poller whose waits end when the test says so. */
function polled(answers: (Fresh<string> | Error)[]) {
  const present = signal(true);
  const etags: (string | null)[] = [];
  let waiting: (() => void) | null = null;
  const wait = (_ms: number, stopped: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting = resolve;
      stopped.addEventListener("abort", () => reject(stopped.reason), { once: true });
    });
  const load = async (etag: string | null): Promise<Fresh<string>> => {
    etags.push(etag);
    const answer = answers.shift() ?? "unchanged";
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const poller = new Poller(load, { wait, present });
  const tick = async (): Promise<void> => {
    waiting?.();
    await turn();
  };
  return { poller, present, etags, tick };
}

test("the tag of the last answer is sent, and an unchanged answer keeps the value", async () => {
  const { poller, etags, tick } = polled([{ value: "a", etag: "1" }, "unchanged", { value: "b", etag: "2" }]);
  poller.start();
  await turn();
  expect(poller.value.value).toBe("a");
  await tick();
  expect(poller.value.value).toBe("a");
  await tick();
  expect(poller.value.value).toBe("b");
  expect(etags).toEqual([null, "1", "1"]);
  poller.stop();
});

test("an error leaves the last value and goes away with the next answer", async () => {
  const { poller, tick } = polled([{ value: "a", etag: "1" }, new Error("away"), "unchanged"]);
  poller.start();
  await turn();
  await tick();
  expect([poller.value.value, (poller.error.value as Error).message]).toEqual(["a", "away"]);
  await tick();
  expect(poller.error.value).toBeNull();
  poller.stop();
});

test("nothing is asked while nobody looks, and at once when somebody does", async () => {
  const { poller, present, etags, tick } = polled([]);
  poller.start();
  await turn();
  present.value = false;
  await tick();
  await tick();
  expect(etags.length).toBe(1);
  present.value = true;
  await turn();
  expect(etags.length).toBe(2);
  poller.stop();
});

test("a refresh asks now", async () => {
  const { poller, etags } = polled([]);
  poller.start();
  await turn();
  poller.refresh();
  await turn();
  expect(etags.length).toBe(2);
  poller.stop();
});

test("nothing is asked after the end", async () => {
  const { poller, etags, tick } = polled([]);
  poller.start();
  await turn();
  poller.stop();
  await tick();
  expect(etags.length).toBe(1);
});

test("a refresh during an answer asks once more, because that answer may be older", async () => {
  const answers = ["old", "new"];
  const wait = (_ms: number, stopped: AbortSignal): Promise<void> =>
    new Promise((_resolve, reject) => stopped.addEventListener("abort", () => reject(stopped.reason), { once: true }));
  const load = async (): Promise<Fresh<string>> => {
    const value = answers.shift() ?? "too often";
    if (value === "old") poller.refresh();
    return { value, etag: null };
  };
  const poller = new Poller(load, { wait, present: signal(true) });
  poller.start();
  await turn();
  expect(poller.value.value).toBe("new");
  poller.stop();
});
