import type { Locator, Page } from "playwright-core";

/** The page of one run. */
export class Run {
  readonly heading: Locator;
  readonly state: Locator;
  readonly dialog: Locator;
  private readonly page: Page;

  constructor(page: Page) {
    this.page = page;
    this.heading = page.getByRole("heading", { level: 1 });
    this.state = page.locator(".run-head .page-head > .state");
    this.dialog = page.getByRole("dialog");
  }

  async open(runId: string, part = ""): Promise<void> {
    await this.page.goto(`/runs/${runId}${part && `/${part}`}`);
    await this.state.waitFor();
  }

  async showTab(name: string): Promise<void> {
    await this.page.getByRole("navigation", { name: "Parts of the run" }).getByRole("link", { name }).click();
  }

  /** Wait until the badge says this; a run takes some seconds. */
  async waitForState(word: string): Promise<void> {
    await this.state.filter({ hasText: word }).waitFor({ timeout: 90_000 });
  }
}
