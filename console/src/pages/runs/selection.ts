import type { RunStatus, operations } from "../../../generated/api.ts";

export const STATUSES = ["running", "failed", "completed", "cancelled", "submitted", "pending"] as const satisfies RunStatus[];
export const PAGE_SIZE = 25;

/** Whose runs: one's own, those that others share, everybody's, or one person's (the last two: administrators). */
export type Whose = "mine" | "shared" | "all" | { readonly email: string };

/** Which runs the list shows: all of it is in the address. */
export interface Selection {
  readonly status: RunStatus | null;
  readonly search: string;
  readonly label: string;
  readonly ngsRun: string;
  readonly starred: boolean;
  readonly whose: Whose;
  readonly cursor: string;
}

export function selectionIn(query: URLSearchParams): Selection {
  return {
    status: STATUSES.find((one) => one === query.get("status")) ?? null,
    search: (query.get("search") ?? "").slice(0, 200),
    label: (query.get("label") ?? "").slice(0, 50),
    ngsRun: (query.get("ngs_run") ?? "").slice(0, 200),
    starred: query.get("starred") === "true",
    whose: whoseIn(query.get("whose") ?? ""),
    cursor: query.get("cursor") ?? "",
  };
}

function whoseIn(text: string): Whose {
  if (text === "shared" || text === "all") return text;
  return text.includes("@") ? { email: text } : "mine";
}

/** The address of a selection, without what is as it is at first. */
export function addressOf(selection: Selection): string {
  const { status, search, label, ngsRun, starred, whose, cursor } = selection;
  const parts: [string, string][] = [
    ["status", status ?? ""],
    ["search", search],
    ["label", label],
    ["ngs_run", ngsRun],
    ["starred", starred ? "true" : ""],
    ["whose", whose === "mine" ? "" : typeof whose === "string" ? whose : whose.email],
    ["cursor", cursor],
  ];
  const text = new URLSearchParams(parts.filter(([, value]) => value)).toString();
  return text ? `/runs?${text}` : "/runs";
}

/** A selection with changes, at its first page: a cursor belongs to what it was made for. */
export function changed(selection: Selection, changes: Partial<Selection>): Selection {
  return { ...selection, cursor: "", ...changes };
}

export function isNarrowed(selection: Selection): boolean {
  const { status, search, label, ngsRun, starred } = selection;
  return status !== null || search !== "" || label !== "" || ngsRun !== "" || starred;
}

type ListQuery = NonNullable<operations["list_runs"]["parameters"]["query"]>;

/** What is asked of the API. */
export function queryFor(selection: Selection): ListQuery {
  const { status, search, label, ngsRun, starred, whose, cursor } = selection;
  return {
    page_size: PAGE_SIZE,
    ...(status && { status }),
    ...(search && { search }),
    ...(label && { label }),
    ...(ngsRun && { source_ngs_run: ngsRun }),
    ...(starred && { starred }),
    ...(whose === "shared" && { shared: true }),
    ...(whose === "all" && { all: true }),
    ...(typeof whose === "object" && { user_email: whose.email }),
    ...(cursor && { cursor }),
  };
}

/** The cursors of the pages before this one, kept with the step in the browser's history; a reload keeps them. */
export interface Trail {
  readonly trail: readonly string[];
}

export function trailIn(state: unknown): readonly string[] {
  const trail = typeof state === "object" && state !== null && "trail" in state ? state.trail : null;
  return Array.isArray(trail) ? trail.filter((one) => typeof one === "string") : [];
}

/** Which runs of all a page shows, such as "26–50 of 312"; after a link to a later page only the total is known. */
export function rangeWords(shown: number, total: string, trail: readonly string[], cursor: string): string {
  if (cursor && trail.length === 0) return `${total} runs`;
  const first = trail.length * PAGE_SIZE + 1;
  return shown === 0 ? `0 of ${total}` : `${first}–${first + shown - 1} of ${total}`;
}
