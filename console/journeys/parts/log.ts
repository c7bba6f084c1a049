import type { Locator, Page } from "playwright-core";

const ROW_HEIGHT = 24;

/** The log of a run. */
export class Log {
  readonly frame: Locator;
  readonly rows: Locator;
  readonly target: Locator;
  readonly words: Locator;

  constructor(page: Page) {
    this.frame = page.getByRole("log", { name: "Log" });
    this.rows = this.frame.locator(".log-row");
    this.target = this.frame.locator(".log-target");
    this.words = page.getByRole("search", { name: "Search the log" }).getByRole("status");
  }

  /** The text of every row from the first to the last, read by scrolling; long lines must not be wrapped. */
  async texts(): Promise<string[]> {
    return this.frame.evaluate(async (frame, rowHeight) => {
      const found: string[] = [];
      const count = (): number => Math.round((frame.querySelector(".windowed")?.clientHeight ?? 0) / rowHeight);
      for (frame.scrollTop = 0; ; frame.scrollTop += frame.clientHeight) {
        for (let turn = 0; turn < 3; turn++) await new Promise(requestAnimationFrame);
        const rows = frame.querySelector<HTMLElement>(".windowed-rows");
        const first = Math.round(new DOMMatrix(rows?.style.transform).f / rowHeight);
        [...(rows?.children ?? [])].forEach((row, index) => {
          found[first + index] = row.querySelector(".log-text")?.textContent ?? "";
        });
        if (frame.scrollTop + frame.clientHeight >= frame.scrollHeight - 1) break;
      }
      if (found.length !== count() || Object.keys(found).length !== count()) throw new Error("rows were not drawn");
      return found;
    }, ROW_HEIGHT);
  }
}
