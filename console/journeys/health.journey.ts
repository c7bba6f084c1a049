import { expect } from "vitest";
import type { ServiceStatus } from "../generated/api.ts";
import { accessibilityFaults } from "./support/axe.ts";
import { journey } from "./support/journey.ts";

const AWAY: ServiceStatus = {
  state: "away",
  parts: [
    { part: "database", state: "well", since: null, meaning: "", detail: null },
    { part: "batch", state: "away", since: "2026-12-01T10:00:00Z", meaning: "Google Cloud Batch does not answer.", detail: null },
  ],
};

journey("a banner says what is away, moves nothing and can be closed", async ({ page }) => {
  await page.goto("/runs");
  const heading = page.getByRole("heading", { name: "Runs", exact: true });
  await heading.waitFor();
  const banner = page.getByRole("region", { name: "State of the service" });
  expect(await banner.count()).toBe(0);
  const before = await heading.boundingBox();
  await page.route("**/api/status", (route) => route.fulfill({ json: AWAY }));
  await page.reload();
  await banner.getByText("Google Cloud Batch does not answer.").waitFor();
  await banner.getByText("Since 1 Dec 2026").waitFor();
  expect(await heading.boundingBox()).toEqual(before);
  expect(await accessibilityFaults(page)).toEqual([]);
  await banner.getByRole("button", { name: "Close the message" }).click();
  await banner.waitFor({ state: "detached" });
});

journey("a banner says that the service does not answer, and goes once it does", async ({ page, watch }) => {
  watch.expect(/Failed to load resource/);
  await page.route("**/api/status", (route) => route.abort("connectionrefused"));
  await page.goto("/runs");
  const banner = page.getByRole("region", { name: "State of the service" });
  await banner.getByText("Sluice does not answer").waitFor();
  await page.unroute("**/api/status");
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await banner.waitFor({ state: "detached" });
});

journey("a list that hangs is given up after half a minute, and a banner says so", async ({ page }) => {
  await page.clock.install();
  await page.route("**/api/runs?*", () => undefined);
  const asked = page.waitForRequest("**/api/runs?*");
  await page.goto("/runs");
  await asked;
  await page.clock.fastForward(31_000);
  await page.getByText("Sluice has not answered for 30 seconds").waitFor();
  await page.getByRole("region", { name: "State of the service" }).getByText("A part of Sluice does not answer").waitFor();
});
