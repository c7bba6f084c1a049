import type { Page, Request } from "playwright-core";
import { expect } from "vitest";
import type { RunListResponse } from "../generated/api.ts";
import { NewRun } from "./parts/new_run.ts";
import { Run } from "./parts/run.ts";
import { accessibilityFaults } from "./support/axe.ts";
import { submitExample } from "./support/example.ts";
import { journey } from "./support/journey.ts";

const REFUSED = /401 \(Unauthorized\)|403 \(Forbidden\)/;
const LONGER_THAN_A_POLL_MS = 6_000;

journey("a lost session is one banner; once it is renewed, the page goes on and what was pressed is done once", async ({ page, api, watch }) => {
  watch.expect(REFUSED);
  const first = await submitExample(api);
  const form = new NewRun(page);
  await form.open(`?from=${first}`);
  await form.review();
  const iap = await Iap.before(page);
  iap.answer = 401;
  await form.summary.getByRole("button", { name: "Start the run" }).click();
  await page.getByRole("alert").getByText("You are signed out.").waitFor();
  expect(await page.getByRole("alert").count()).toBe(1);
  expect(await accessibilityFaults(page)).toEqual([]);

  const opening = page.waitForEvent("popup");
  await page.getByRole("button", { name: "Sign in again" }).click();
  const popup = await opening;
  expect(new URL(popup.url()).searchParams.get("gcp-iap-mode")).toBe("DO_SESSION_REFRESH");
  iap.answer = null;
  await page.waitForURL(/\/runs\/run-[0-9a-f]{8}$/);
  expect(await page.getByRole("alert").count()).toBe(0);

  const [refused, done, ...more] = iap.seen.filter((request) => request.method() === "POST" && request.url().endsWith("/api/runs"));
  expect(more).toEqual([]);
  expect(done?.headers()["idempotency-key"]).toBe(refused?.headers()["idempotency-key"]);
  const { runs } = await api.get<RunListResponse>("/api/runs");
  expect(runs).toHaveLength(2);
});

journey("while the session is lost, nothing is asked; a wrong account is told and waits", async ({ page, api, watch }) => {
  watch.expect(REFUSED);
  const runId = await submitExample(api);
  const run = new Run(page);
  await run.open(runId, "log");
  const iap = await Iap.before(page);
  iap.answer = 401;
  const banner = page.locator(".banner");
  await banner.waitFor();
  const asked = iap.seen.length;
  await page.waitForTimeout(LONGER_THAN_A_POLL_MS);
  expect(iap.seen).toHaveLength(asked);
  expect(await banner.count()).toBe(1);

  iap.answer = 403;
  const opening = page.waitForEvent("popup");
  await page.getByRole("button", { name: "Sign in again" }).click();
  await opening;
  await banner.getByText("This account may not use Sluice.").waitFor();
  iap.answer = null;
  await banner.waitFor({ state: "detached" });
  await run.waitForState("Completed");
});

/** Stands where Identity-Aware Proxy stands. */
class Iap {
  /** The status with which it refuses; null: it lets requests through. */
  answer: 401 | 403 | null = null;
  readonly seen: Request[] = [];

  static async before(page: Page): Promise<Iap> {
    const iap = new Iap();
    // The stand-in's sign-in page signs in its default user, who owns none of these runs.
    await page.context().route(/gcp-iap-mode=/, (route) => route.fulfill({ contentType: "text/html", body: "Signed in" }));
    await page.route("**/api/**", (route, request) => {
      iap.seen.push(request);
      if (iap.answer === null) return route.fallback();
      return route.fulfill({ status: iap.answer, headers: { "x-goog-iap-generated-response": "true" }, body: "Invalid IAP credentials" });
    });
    return iap;
  }
}
