/** What is missing before a run can be sent, and the request itself. */

import type { PipelineSchema, RunCreateRequest } from "../../../generated/api.ts";
import { type Sheet, csvOf, isBlank } from "../sheet/sheet.ts";
import { type Scalar, type Values, needsValue, sentParams } from "./params.ts";

export const MOST_CONFIG_BYTES = 100 * 1024;
export const MOST_SHEET_BYTES = 10 * 1024 * 1024;
/** What Sluice shows in place of a password. */
const HIDDEN = "•••";

/** Everything that the form holds. */
export interface Inputs {
  readonly values: Values;
  readonly sheet: Sheet;
  readonly config: string;
  readonly ngsRuns: readonly string[];
  readonly project: string;
  /** What the run is called; may be blank. */
  readonly name: string;
}

export interface Missing {
  readonly words: string;
  /** The id of the element to go to. */
  readonly target: string;
}

export const SHEET_ID = "sheet";
export const CONFIG_ID = "config";
export const NAME_ID = "run-name";
export const MOST_NAME_CHARACTERS = 100;

export function fieldId(name: string): string {
  return `param-${name}`;
}

/** What one has to do before the run can be checked and sent; empty when all is there. */
export function missingIn(schema: PipelineSchema, inputs: Inputs): Missing[] {
  const { values, sheet, config } = inputs;
  const needed = schema.params.filter((param) => needsValue(param, values));
  const hidden = schema.params.filter((param) => String(values[param.name] ?? "").includes(HIDDEN));
  const missing: Missing[] = [];
  if (isBlank(sheet)) missing.push({ words: "Add the samples", target: SHEET_ID });
  for (const { title, name } of needed) missing.push({ words: `Fill in “${title}”`, target: fieldId(name) });
  for (const { title, name } of hidden) missing.push({ words: `Enter “${title}” again: it is secret`, target: fieldId(name) });
  if (config.includes(HIDDEN)) missing.push({ words: "Enter the secrets of the config again", target: CONFIG_ID });
  if (bytesOf(config) > MOST_CONFIG_BYTES) missing.push({ words: "Shorten the config to 100 KB", target: CONFIG_ID });
  return missing;
}

export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

export interface RunRequest extends RunCreateRequest {
  pipeline_version: string;
  params: Record<string, Scalar>;
}

/** The request that starts the run; parts that are blank are left out. */
export function requestFor(schema: PipelineSchema, inputs: Inputs): RunRequest {
  const optional = new Set(schema.columns.filter((column) => !column.required).map((column) => column.name));
  const { values, sheet, config, ngsRuns, project, name } = inputs;
  return {
    pipeline: schema.pipeline,
    pipeline_version: schema.version,
    samplesheet_csv: csvOf(sheet, optional),
    params: sentParams(schema.params, values),
    ...(config.trim() && { config_content: config }),
    ...(ngsRuns.length > 0 && { source_ngs_runs: [...ngsRuns] }),
    ...(project.trim() && { source_project: project.trim() }),
    ...(name.trim() && { name: name.trim() }),
  };
}
