import { expect, test } from "vitest";
import { changedQuery, isOurs, routeOf, runPath } from "../../src/router/address.ts";

test.each([
  ["/", { page: "runs" }],
  ["/runs", { page: "runs" }],
  ["/runs/", { page: "runs" }],
  ["/runs/new", { page: "new" }],
  ["/preferences", { page: "preferences" }],
  ["/search", { page: "search" }],
  ["/failures", { page: "failures" }],
  ["/runs/run-1a2b3c4d", { page: "run", runId: "run-1a2b3c4d", tab: "overview" }],
  ["/runs/run-1a2b3c4d/log", { page: "run", runId: "run-1a2b3c4d", tab: "log" }],
])("%s is a page", (path, route) => expect(routeOf(path)).toEqual(route));

test.each(["/nowhere", "/runs/run-1", "/runs/run-1a2b3c4d/nothing", "/runs/run-1a2b3c4d/log/more", "/runs/new/more", "/preferences/more", "/search/more", "/failures/more"])(
  "%s is none",
  (path) => expect(routeOf(path)).toEqual({ page: "missing", path }),
);

test("the path of a run and of its tab leads there", () => {
  expect(routeOf(runPath("run-1a2b3c4d", "files"))).toEqual({ page: "run", runId: "run-1a2b3c4d", tab: "files" });
  expect(runPath("run-1a2b3c4d")).toBe("/runs/run-1a2b3c4d");
});

test("the service's other pages, and other sites, are loaded", () => {
  const ours = (text: string): boolean => isOurs(new URL(text, "https://sluice.lab"), "https://sluice.lab");
  expect(["/runs", "/apis", "/devices"].map(ours)).toEqual([true, true, true]);
  expect(["/docs", "/docs/x", "/api/runs", "/openapi.json", "/dev", "https://evil.example/runs"].map(ours)).toEqual(
    Array(6).fill(false),
  );
});

test("a query is changed in parts", () => {
  expect(changedQuery("?task=ab-12cdef&tab=stderr", { tab: null })).toBe("?task=ab-12cdef");
  expect(changedQuery("?a=1", { a: "", b: "x y" })).toBe("?b=x+y");
  expect(changedQuery("?a=1", { a: null })).toBe("");
});
