import type { Page } from "playwright-core";

/**
 * Collects what must not happen on any page: errors in the console, among them refusals by the content security policy
 * and requests that failed, and exceptions and rejections that nobody handles.
 */
export class Watch {
  private readonly seen: string[] = [];
  private readonly expected: RegExp[] = [];

  constructor(page: Page) {
    page.on("console", (message) => {
      if (message.type() === "error") this.seen.push(`${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => this.seen.push(`not handled: ${error.stack ?? error.message}`));
  }

  /** This journey makes something fail, and the browser says so. */
  expect(fault: RegExp): void {
    this.expected.push(fault);
  }

  faults(): string[] {
    return this.seen.filter((fault) => !this.expected.some((pattern) => pattern.test(fault)));
  }
}
