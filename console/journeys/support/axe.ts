import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type axe from "axe-core";
import type { Page } from "playwright-core";

const SOURCE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf-8");
const LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];

/** What breaks WCAG 2.2 AA on the page as it is now, a line each; frames hold what pipelines wrote and are left out. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(SOURCE);
  const options: axe.RunOptions = {
    runOnly: LEVELS,
    rules: { "target-size": { enabled: true } }, // off by default
    resultTypes: ["violations"],
    iframes: false,
  };
  const { violations } = await page.evaluate(
    (chosen) => (window as unknown as { axe: typeof axe }).axe.run(document, chosen),
    options,
  );
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`));
}

/** What makes the page wider than its window; empty when nothing has to be scrolled sideways. */
export function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const isWide = (element: Element): boolean => element.checkVisibility() && element.getBoundingClientRect().right > clientWidth;
    const wide = [...document.querySelectorAll("body *")].filter(isWide);
    return [`${scrollWidth} pixels`, ...wide.map((element) => element.outerHTML.slice(0, 100))];
  });
}
