import { randomUUID } from "node:crypto";
import { type Browser, type BrowserContext, type BrowserContextOptions, type Page, chromium } from "playwright-core";
import { expect, test } from "vitest";
import { ADDRESS, Api, CHROMIUM } from "./stack.ts";
import { Watch } from "./watch.ts";

const PATIENCE_MS = 30_000;
// Containers lack the namespaces for the sandbox, and only our own page is opened.
const SWITCHES = ["--no-sandbox", "--disable-gpu", "--no-proxy-server"];

interface Journey {
  readonly browser: Browser;
  /** Who is signed in: somebody else in every journey, so that none sees the runs of another. */
  readonly user: string;
  readonly api: Api;
  /** What of the browser differs from a desk's in a light room. */
  readonly surroundings: BrowserContextOptions;
  readonly context: BrowserContext;
  readonly page: Page;
  readonly watch: Watch;
}

export function launch(...more: readonly string[]): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: [...SWITCHES, ...more] });
}

/** A test in a browser of its own user. It also fails when the watch has seen something. */
export const journey = test.extend<Journey>({
  browser: [
    async ({}, use) => {
      const browser = await launch();
      await use(browser);
      await browser.close();
    },
    { scope: "worker" },
  ],
  user: async ({}, use) => use(`scientist-${randomUUID().slice(0, 8)}@lab.example`),
  api: async ({ user }, use) => use(new Api(user)),
  surroundings: async ({}, use) => use({}),
  context: async ({ browser, user, surroundings }, use) => {
    const context = await signedIn(browser, user, surroundings);
    await use(context);
    await context.close();
  },
  page: async ({ context }, use) => use(await context.newPage()),
  watch: [
    async ({ page }, use) => {
      const watch = new Watch(page);
      await use(watch);
      expect(watch.faults(), "what the browser complained of").toEqual([]);
    },
    { auto: true },
  ],
});

/** A profile of the browser in which `user` is signed in, as by the menu of the local stack. */
export async function signedIn(browser: Browser, user: string, surroundings: BrowserContextOptions): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL: ADDRESS, viewport: { width: 1280, height: 800 }, ...surroundings });
  context.setDefaultTimeout(PATIENCE_MS);
  await context.addCookies([{ name: "dev_user", value: encodeURIComponent(user), url: ADDRESS, sameSite: "Strict" }]);
  return context;
}
