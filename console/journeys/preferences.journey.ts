import { expect } from "vitest";
import type { UserResponse } from "../generated/api.ts";
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

journey("somebody learns that no mail is sent, and saves the same address of a disabled webhook again", async ({ page }) => {
  const disabled = {
    notifications_enabled: true,
    notify_webhook_url: "https://example.org/hook",
    notify_webhook_disabled: { reason: "the receiver answered 410 Gone", since: "2026-12-01T08:00:00Z" },
  };
  await page.route("**/api/users/me", async (route) => {
    if (route.request().method() !== "GET") return route.fallback();
    const response = await route.fetch();
    const user = (await response.json()) as UserResponse;
    const json = { ...user, mail_available: false, preferences: { ...user.preferences, ...disabled } };
    await route.fulfill({ response, json });
  });
  await page.goto("/preferences");
  await page.getByText("No mail is sent: this Sluice has no mail server.").waitFor();
  const saved = page.waitForResponse((answer) => answer.request().method() === "PATCH");
  await page.getByRole("textbox", { name: /^Webhook/ }).press("Enter");
  const answer = await saved;
  expect(answer.status()).toBe(200);
  expect(answer.request().postDataJSON()).toEqual({ preferences: { notify_webhook_url: disabled.notify_webhook_url } });
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
