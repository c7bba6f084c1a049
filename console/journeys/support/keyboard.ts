import type { Locator, Page } from "playwright-core";

const MOST_STOPS = 120;

/** Somebody who has no mouse, and has to see where they are at every step. */
export class Keyboard {
  private readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Press Tab (or Shift-Tab) until this element has the focus. */
  async tabTo(element: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
    await element.waitFor();
    for (let stops = 0; stops < MOST_STOPS; stops++) {
      if (await hasFocus(element)) return;
      await this.page.keyboard.press(key);
      const hidden = await this.page.evaluate(unseenFocus);
      if (hidden) throw new Error(`the focus cannot be seen on ${hidden}`);
    }
    throw new Error(`${MOST_STOPS} times ${key} did not lead to ${element}`);
  }

  async press(key: string): Promise<void> {
    await this.page.keyboard.press(key);
  }

  async write(text: string): Promise<void> {
    await this.page.keyboard.insertText(text);
  }
}

export function hasFocus(element: Locator): Promise<boolean> {
  return element.evaluate((found) => found === document.activeElement);
}

/** Runs in the page: what has the focus and does not look like it. */
function unseenFocus(): string | null {
  const element = document.activeElement;
  if (!element || element === document.body) return null; // the browser's own bars come after the last element
  const looks = [element, element.closest("label")].filter((one) => one !== null).map((one) => getComputedStyle(one));
  // The switch of a choice is drawn by the element after it.
  if (element.nextElementSibling) looks.push(getComputedStyle(element.nextElementSibling));
  const isSeen = looks.some(({ outlineStyle, outlineWidth, boxShadow }) => {
    return (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
  });
  return isSeen ? null : element.outerHTML.slice(0, 200);
}
