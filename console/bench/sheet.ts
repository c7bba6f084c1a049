import { type Tab, newTab, painted, withBrowser, workOf } from "./browser.ts";
import { type Job, type Measured, median } from "./job.ts";

const ROWS = 100_000;
const KEYS = 15;

/** A sheet of very many rows: pasted from the clipboard as Excel leaves it, and typed into in its middle. */
export function measureSheet(job: Job): Promise<Measured> {
  return withBrowser(job, async (context) => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: job.service });
    const tab = await newTab(context);
    await tab.page.goto(`${job.service}/runs/new?pipeline=nf-core/scrnaseq`);
    await tab.page.getByRole("grid").waitFor();
    const pastes = [];
    for (let round = 0; round < 3; round += 1) pastes.push(await paste(tab));
    const keys = [];
    for (let key = 0; key < KEYS; key += 1) keys.push(await press(tab, key));
    const clock = (measured: readonly { clock: number }[]): string => `${median(measured.map((one) => one.clock)).toFixed(0)} ms by the clock`;
    return {
      "console.sheet.paste_ms": {
        value: median(pastes.map(({ work }) => work)),
        against: `${ROWS.toLocaleString("en")} rows, processor time of the page's thread; ${clock(pastes)}`,
      },
      "console.sheet.key_ms": {
        value: median(keys.map(({ work }) => work)),
        against: `${KEYS} cells, processor time of the page's thread; ${clock(keys)}`,
      },
    };
  });
}

interface Taken {
  readonly work: number;
  readonly clock: number;
}

async function paste(tab: Tab): Promise<Taken> {
  const { page } = tab;
  const clear = page.getByRole("button", { name: "Clear", exact: true });
  if (await clear.isEnabled()) await clear.click();
  await page.evaluate(async (rows) => {
    const lines = Array.from({ length: rows }, (_, row) => `sample_${row}\tgs://lab/run/s${row}_R1.fastq.gz\tgs://lab/run/s${row}_R2.fastq.gz\t5000`);
    await navigator.clipboard.writeText(["sample\tfastq_1\tfastq_2\texpected_cells", ...lines].join("\r\n"));
  }, ROWS);
  await page.getByRole("grid").focus();
  return timed(tab, async () => {
    await page.keyboard.press("Control+v");
    await page.waitForFunction((rows) => Number(document.querySelector("[role=grid]")?.getAttribute("aria-rowcount")) > rows, ROWS);
  });
}

/** A key into a cell in the middle of the sheet. */
async function press(tab: Tab, key: number): Promise<Taken> {
  const { page } = tab;
  await page.keyboard.press("ArrowDown");
  await painted(page);
  const typed = await timed(tab, () => page.keyboard.press(String(key % 10)));
  const cell = await page.locator(".grid-input").inputValue();
  if (cell !== String(key % 10)) throw new Error(`the cell shows ${JSON.stringify(cell)}`);
  const entered = await timed(tab, () => page.keyboard.press("Enter"));
  return { work: typed.work + entered.work, clock: typed.clock + entered.clock };
}

async function timed(tab: Tab, action: () => Promise<void>): Promise<Taken> {
  const started = performance.now();
  const { all } = await workOf(tab, async () => {
    await action();
    await painted(tab.page);
  });
  return { work: all, clock: performance.now() - started };
}
