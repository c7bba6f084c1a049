import { expect, test } from "vitest";
import { HIDDEN_FOR_MS, watchPresence } from "../../src/net/presence.ts";

class Page {
  visibilityState: DocumentVisibilityState = "visible";
  private listener = (): void => undefined;

  addEventListener(_name: string, listener: () => void): void {
    this.listener = listener;
  }

  turn(state: DocumentVisibilityState): void {
    this.visibilityState = state;
    this.listener();
  }
}

function watched() {
  const page = new Page();
  const running = new Map<number, () => void>();
  let last = 0;
  const timers = {
    set: (action: () => void, ms: number) => {
      expect(ms).toBe(HIDDEN_FOR_MS);
      running.set(++last, action);
      return last;
    },
    clear: (timer: unknown) => void running.delete(timer as number),
  };
  const present = watchPresence(page, timers);
  return { page, present, minuteLater: () => [...running.values()].forEach((action) => action()) };
}

test("a page that is hidden for a minute is looked at by nobody", () => {
  const { page, present, minuteLater } = watched();
  page.turn("hidden");
  expect(present.value).toBe(true);
  minuteLater();
  expect(present.value).toBe(false);
});

test("a page that is shown again counts at once", () => {
  const { page, present, minuteLater } = watched();
  page.turn("hidden");
  minuteLater();
  page.turn("visible");
  expect(present.value).toBe(true);
});

test("a short look elsewhere changes nothing", () => {
  const { page, present, minuteLater } = watched();
  page.turn("hidden");
  page.turn("visible");
  minuteLater();
  expect(present.value).toBe(true);
});
