import { expect } from "vitest";
import { journey } from "./support/journey.ts";

journey("somebody changes a name and asks for notifications with the keyboard alone, and both are kept", async ({ page }) => {
  await page.goto("/preferences");
  const name = page.getByRole("textbox", { name: "Name" });
  await name.focus();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("Ana Pérez");
  await page.keyboard.press("Enter");
  await page.locator(".menu-name", { hasText: "Ana Pérez" }).waitFor();
  await page.getByText("Your name is saved").waitFor();
  const mail = page.getByRole("checkbox", { name: "Tell me about my runs" });
  expect(await mail.isChecked()).toBe(false);
  await mail.focus();
  const saved = page.waitForResponse((answer) => answer.request().method() === "PATCH");
  await page.keyboard.press("Space");
  expect((await saved).status()).toBe(200);
  await page.reload();
  await page.locator(".menu-name", { hasText: "Ana Pérez" }).waitFor();
  expect(await mail.isChecked()).toBe(true);
});

journey("a change that the service refuses shows at once and is taken back", async ({ page, watch }) => {
  watch.expect(/409/);
  await page.goto("/preferences");
  const mail = page.getByRole("checkbox", { name: "Tell me about my runs" });
  await mail.waitFor();
  let refuse = (): void => undefined;
  const pressed = new Promise<void>((resolve) => (refuse = resolve));
  await page.route("**/api/users/me", async (route) => {
    if (route.request().method() !== "PATCH") return route.fallback();
    await pressed;
    await route.fulfill({ status: 409, json: { error: "Conflict", detail: "not now", code: "CONFLICT" } });
  });
  await mail.click();
  expect(await mail.isChecked()).toBe(true);
  refuse();
  await page.getByText("not now").waitFor();
  expect(await mail.isChecked()).toBe(false);
});

journey("letter keys work until they are switched off", async ({ page }) => {
  await page.goto("/runs");
  await page.getByRole("heading", { name: "Runs", exact: true }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("n");
  expect(await page.getByRole("searchbox").inputValue()).toBe("n");
  await page.goto("/preferences");
  await page.getByRole("group", { name: "Letter keys" }).getByText("Off").click();
  await page.locator("h1").focus();
  await page.keyboard.press("n");
  expect(new URL(page.url()).pathname).toBe("/preferences");
  await page.getByRole("group", { name: "Letter keys" }).getByText("On").click();
  await page.locator("h1").focus();
  await page.keyboard.press("n");
  await page.waitForURL("**/runs/new");
});
