import { expect } from "vitest";
import { journey } from "./support/journey.ts";
import { Watch } from "./support/watch.ts";

journey("the watch sees errors, rejections and what the content security policy refuses", async ({ context }) => {
  const page = await context.newPage(); // another than the one that must have no faults
  const watch = new Watch(page);
  await page.goto("/runs");
  await page.evaluate(() => {
    console.error("an error");
    void Promise.reject(new Error("a rejection"));
    setTimeout(() => {
      throw new Error("an exception");
    });
    document.body.append(Object.assign(document.createElement("img"), { src: "https://elsewhere.example/" }));
  });
  for (const fault of [/^an error/, /a rejection/, /an exception/, /Content Security Policy/]) {
    await expect.poll(() => watch.faults().some((seen) => fault.test(seen)), { message: String(fault) }).toBe(true);
  }
  watch.expect(/./);
  expect(watch.faults()).toEqual([]);
});
