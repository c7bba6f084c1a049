/** A form that was not sent, as a browser keeps it. */

import { type Sheet, filledRows } from "../sheet/sheet.ts";
import { readRows, writeRows } from "../sheet/text.ts";
import type { Inputs } from "./request.ts";
import type { Values } from "./params.ts";

export interface Draft {
  readonly savedAt: string;
  readonly pipeline: string;
  readonly release: string;
  /** What the form was filled in with at first: see `originIn`. */
  readonly origin: string;
  readonly inputs: Inputs;
  /** Whether the sheet was too large to keep; then it is blank. */
  readonly lacksSheet: boolean;
}

const FORMAT = 1;
/** Browsers keep some 5 million characters for all pages of a site. */
const MOST_CELLS = 50_000;
const MOST_CHARACTERS = 2_000_000;

export function writeDraft(draft: Omit<Draft, "lacksSheet">): string {
  const { sheet, ...others } = draft.inputs;
  const csv = sheet.rows.length * sheet.columns.length > MOST_CELLS ? null : csvFor(sheet);
  const kept = csv !== null && csv.length <= MOST_CHARACTERS ? csv : null;
  return JSON.stringify({ ...draft, inputs: others, format: FORMAT, sheet: kept, columns: sheet.columns });
}

function csvFor(sheet: Sheet): string {
  return writeRows(sheet.rows.slice(0, filledRows(sheet)), ",");
}

/** The draft in a text; null when it is none that this version of the page can read. */
export function readDraft(text: string | null): Draft | null {
  const found = parsed(text);
  if (!found || found["format"] !== FORMAT) return null;
  const { savedAt, pipeline, release, origin, columns, sheet: csv } = found;
  const inputs = objectIn(found["inputs"]);
  const isWhole = [savedAt, pipeline, release, origin, inputs?.["config"], inputs?.["project"]].every((one) => typeof one === "string");
  const names = textsIn(columns);
  if (!isWhole || !inputs || !names) return null;
  const rows = readRows(typeof csv === "string" ? csv : "", ",").map((row) => names.map((_, index) => row[index] ?? ""));
  return {
    savedAt: String(savedAt),
    pipeline: String(pipeline),
    release: String(release),
    origin: String(origin),
    lacksSheet: typeof csv !== "string",
    inputs: {
      values: valuesIn(inputs["values"]),
      sheet: { columns: names, rows },
      config: String(inputs["config"]),
      ngsRuns: textsIn(inputs["ngsRuns"]) ?? [],
      project: String(inputs["project"]),
      name: typeof inputs["name"] === "string" ? inputs["name"] : "", // drafts of earlier releases have none
    },
  };
}

function parsed(text: string | null): Record<string, unknown> | null {
  try {
    return objectIn(JSON.parse(text ?? "null"));
  } catch {
    return null;
  }
}

function objectIn(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
}

function textsIn(value: unknown): string[] | null {
  return Array.isArray(value) && value.every((one) => typeof one === "string") ? value : null;
}

function valuesIn(value: unknown): Values {
  const entries = Object.entries(objectIn(value) ?? {});
  return Object.fromEntries(entries.filter(([, one]) => typeof one === "string" || typeof one === "boolean")) as Values;
}
