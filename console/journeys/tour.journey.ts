import { mkdirSync } from "node:fs";
import { expect } from "vitest";
import { accessibilityFaults, tooWide } from "./support/axe.ts";
import { journey as anyJourney } from "./support/journey.ts";
import { type Seen, STOPS, prepare } from "./support/tour.ts";

const FOLDER = process.env["PICTURES"];
const DESK = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 740 };
const VIEWS = [
  { name: "light", colorScheme: "light", size: DESK },
  { name: "dark", colorScheme: "dark", size: DESK },
  { name: "phone", colorScheme: "light", size: PHONE },
] as const;

let prepared: Promise<Seen> | null = null;
const journey = anyJourney.extend<{ user: string; seen: Seen }>({
  user: async ({}, use) => use("sofia@lab.example"),
  seen: async ({ api }, use) => use(await (prepared ??= prepare(api))),
});

// Light, dark and on a phone: no rule of WCAG 2.2 AA is broken, nothing has to be scrolled sideways.
for (const stop of STOPS) {
  journey(`everybody can use “${stop.name}”`, async ({ page, seen }) => {
    await page.goto(stop.path(seen));
    await (await stop.ready(page, seen)).waitFor();
    for (const { name, colorScheme, size } of VIEWS) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize(size);
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      if (FOLDER) {
        mkdirSync(FOLDER, { recursive: true });
        await page.screenshot({ path: `${FOLDER}/${stop.name}-${name}.png` });
      }
      expect.soft(await accessibilityFaults(page), name).toEqual([]);
      expect.soft(await tooWide(page), `${name} scrolls sideways`).toEqual([]);
    }
  });
}
