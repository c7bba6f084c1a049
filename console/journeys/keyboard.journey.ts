import { expect } from "vitest";
import { NewRun } from "./parts/new_run.ts";
import { Run } from "./parts/run.ts";
import { exampleRun, submitExample } from "./support/example.ts";
import { journey } from "./support/journey.ts";
import { Keyboard, hasFocus } from "./support/keyboard.ts";

journey("without a mouse a run is prepared cell by cell and started", async ({ page }) => {
  const keys = new Keyboard(page);
  await page.goto("/runs");
  await keys.tabTo(page.getByRole("link", { name: "Skip to the content" }));
  await keys.press("Enter");
  await keys.tabTo(page.getByRole("link", { name: "New run" }));
  await keys.press("Enter");

  const form = new NewRun(page);
  await keys.tabTo(form.grid);
  const [, row = []] = exampleRun().samplesheet_csv.split("\n").map((line) => line.split(","));
  for (const cell of row.slice(0, 3)) {
    await keys.press("F2");
    await keys.write(cell);
    await keys.press("Tab");
  }
  await expect.poll(() => form.texts(1)).toEqual([row.slice(0, 3)]);
  const search = page.getByRole("searchbox", { name: "Find a parameter" });
  for (const [name, value] of [["genome", "GRCh38"], ["protocol", "10XV3"]] as const) {
    await keys.tabTo(search);
    await keys.press("ControlOrMeta+a");
    await keys.write(name);
    await keys.tabTo(page.getByLabel(`--${name}`));
    await keys.write(value);
    await keys.tabTo(search, "Shift+Tab");
  }
  await keys.tabTo(page.getByRole("button", { name: "Review and start …" }));
  await keys.press("Enter");
  await form.summary.waitFor();
  await keys.tabTo(form.summary.getByRole("button", { name: "Start the run" }));
  await keys.press("Enter");
  await page.waitForURL(/\/runs\/run-[0-9a-f]{8}$/);
  await expect.poll(() => hasFocus(new Run(page).heading)).toBe(true);
});

journey("without a mouse a failed run is understood: tabs, task, dialogs, and the focus comes back", async ({ page, api }) => {
  const runId = await submitExample(api, "fail_exit");
  const keys = new Keyboard(page);
  const run = new Run(page);
  await run.open(runId);
  await run.waitForState("Failed");
  await keys.tabTo(page.getByRole("navigation", { name: "Parts of the run" }).getByRole("link", { name: "Tasks" }));
  await keys.press("Enter");
  const task = page.getByRole("table", { name: "Tasks" }).getByRole("link").first();
  await keys.tabTo(task);
  await keys.press("Enter");
  const drawer = page.getByRole("complementary", { name: "Task" });
  await expect.poll(() => hasFocus(drawer.getByRole("heading").first())).toBe(true);
  await keys.tabTo(drawer.getByRole("button", { name: "stderr", exact: true }));
  await keys.press("Enter");
  await drawer.getByText(/the reads of fail_exit/).first().waitFor();
  await keys.press("Escape");
  await drawer.waitFor({ state: "detached" });
  await expect.poll(() => hasFocus(task)).toBe(true);

  for (const name of ["Name and labels", "Share", "Recover"]) {
    const button = page.getByRole("button", { name, exact: true });
    await keys.tabTo(button, "Shift+Tab");
    await keys.press("Enter");
    await run.dialog.waitFor();
    await keys.tabTo(run.dialog.getByRole("button").last());
    await keys.press("Escape");
    await run.dialog.waitFor({ state: "detached" });
    await expect.poll(() => hasFocus(button), { message: name }).toBe(true);
    await keys.tabTo(page.getByRole("navigation", { name: "Parts of the run" }).getByRole("link", { name: "Tasks" }));
  }
});

journey("without a mouse the menu opens, changes the theme, and closes", async ({ page }) => {
  const keys = new Keyboard(page);
  await page.goto("/runs");
  const menu = page.locator(".menu summary");
  await keys.tabTo(menu);
  await keys.press("Enter");
  await keys.tabTo(page.getByRole("radio", { name: "As the system" }));
  await keys.press("ArrowRight");
  await keys.press("ArrowRight");
  await expect.poll(() => page.evaluate(() => document.documentElement.dataset["theme"])).toBe("dark");
  await keys.press("Escape");
  expect(await hasFocus(menu)).toBe(true);
});
