import type { Locator, Page } from "playwright-core";

/** The page on which a run is prepared. */
export class NewRun {
  readonly grid: Locator;
  readonly missing: Locator;
  readonly summary: Locator;
  /** What the last check found, a button each. */
  readonly problems: Locator;
  private readonly page: Page;

  constructor(page: Page) {
    this.page = page;
    this.grid = page.getByRole("grid", { name: "Samplesheet" });
    this.missing = page.locator(".launch-missing");
    this.problems = page.getByRole("region", { name: "Result of the check" }).locator(".problem");
    this.summary = page.getByRole("dialog", { name: "Start this run?" });
  }

  async open(query = ""): Promise<void> {
    await this.page.goto(`/runs/new${query}`);
    await this.grid.waitFor();
  }

  cell(row: number, column: number): Locator {
    return this.grid.locator(`#cell-${row}-${column}`);
  }

  /** Search for the parameter with this name, as in `--genome`, and enter a value. */
  async setParam(name: string, value: string): Promise<void> {
    const search = this.page.getByRole("searchbox", { name: "Find a parameter" });
    await search.fill(name);
    const field = this.page.getByLabel(`--${name}`, { exact: false });
    if ((await field.evaluate((element) => element.tagName)) === "SELECT") await field.selectOption(value);
    else await field.fill(value);
    await search.fill("");
  }

  /** The cells of the first rows. */
  async texts(rows: number): Promise<string[][]> {
    const all = Array.from({ length: rows }, (_, row) => this.grid.locator(`[data-row="${row}"][role="gridcell"]`).allInnerTexts());
    return Promise.all(all);
  }

  /** Replace the active cell by this text, by keyboard. */
  async type(text: string): Promise<void> {
    await this.page.keyboard.press("F2");
    await this.page.keyboard.press("ControlOrMeta+a");
    await this.page.keyboard.insertText(text);
    await this.page.keyboard.press("Enter");
  }

  /** As people paste; the browser has to be allowed to use the clipboard. */
  async pasteByKeyboard(text: string): Promise<void> {
    await this.grid.focus();
    await this.page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
    await this.page.keyboard.press("ControlOrMeta+v");
  }

  /** Paste into the grid, beginning at its active cell. */
  async paste(text: string): Promise<void> {
    await this.grid.focus();
    await this.grid.evaluate((grid, pasted) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", pasted);
      grid.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, text);
  }

  /** Take all libraries of a sequencing run. */
  async takeFromBenchling(ngsRun: string): Promise<void> {
    await this.page.getByRole("button", { name: "From Benchling …" }).click();
    const picker = this.page.getByRole("dialog");
    await picker.getByRole("searchbox").fill(ngsRun);
    await picker.getByRole("button", { name: ngsRun }).click();
    await picker.getByRole("button", { name: /^Take \d+ samples?$/ }).click();
    await picker.waitFor({ state: "detached" });
  }

  async review(): Promise<void> {
    await this.page.getByRole("button", { name: "Review and start …" }).click();
    await this.summary.waitFor();
  }

  /** The id of the run that was started. */
  async start(): Promise<string> {
    await this.summary.getByRole("button", { name: "Start the run" }).click();
    await this.page.waitForURL(/\/runs\/run-[0-9a-f]{8}$/);
    return this.page.url().slice(-"run-00000000".length);
  }
}
