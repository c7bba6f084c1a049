export const RUN_TABS = ["overview", "tasks", "timeline", "efficiency", "cost", "compare", "log", "files", "inputs", "history"] as const;
export type RunTab = (typeof RUN_TABS)[number];

export type Route =
  | { readonly page: "runs" }
  | { readonly page: "new" }
  | { readonly page: "preferences" }
  | { readonly page: "search" }
  | { readonly page: "failures" }
  | { readonly page: "run"; readonly runId: string; readonly tab: RunTab }
  | { readonly page: "missing"; readonly path: string };

const RUN_ID = /^run-[0-9a-f]{8}$/;
// These are the service's own pages, not the console's.
const ELSEWHERE = /^\/(api|docs|dev)(\/|$)|^\/openapi\.json$/;

/** Which page a path shows. */
export function routeOf(path: string): Route {
  const [first, second, third, ...rest] = path.split("/").filter(Boolean);
  if (rest.length > 0) return { page: "missing", path };
  if (first === undefined || (first === "runs" && second === undefined)) return { page: "runs" };
  if (second === undefined && (first === "preferences" || first === "search" || first === "failures")) return { page: first };
  if (first !== "runs" || second === undefined) return { page: "missing", path };
  if (second === "new" && third === undefined) return { page: "new" };
  const tab = RUN_TABS.find((one) => one === (third ?? "overview"));
  return tab && RUN_ID.test(second) ? { page: "run", runId: second, tab } : { page: "missing", path };
}

export function runPath(runId: string, tab: RunTab = "overview"): string {
  return tab === "overview" ? `/runs/${runId}` : `/runs/${runId}/${tab}`;
}

/** Whether the console shows this address itself, without loading a page. */
export function isOurs(url: URL, origin: string): boolean {
  return url.origin === origin && !ELSEWHERE.test(url.pathname);
}

/** A query string with `changes` made: an empty value or null takes a name away. */
export function changedQuery(query: string, changes: Readonly<Record<string, string | null>>): string {
  const found = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") found.delete(name);
    else found.set(name, value);
  }
  const text = found.toString();
  return text && `?${text}`;
}
