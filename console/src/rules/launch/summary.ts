/** What a request is about to start, in words. */

import type { PipelineSchema } from "../../../generated/api.ts";
import { sentParams } from "./params.ts";
import type { Inputs } from "./request.ts";
import { filledRows, sampleCount } from "../sheet/sheet.ts";

export interface Line {
  readonly name: string;
  readonly text: string;
}

export interface Change {
  readonly name: string;
  readonly title: string;
  readonly value: string;
  /** What it is without the change; null where one has to choose. */
  readonly standard: string | null;
}

export function samplesLine(schema: PipelineSchema, inputs: Inputs): string {
  const [samples, rows] = [sampleCount(inputs.sheet, schema.sample_column), filledRows(inputs.sheet)];
  return `${counted(samples, "sample")} in ${counted(rows, "row")}`;
}

export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** The parameters that differ from their defaults. */
export function changesIn(schema: PipelineSchema, inputs: Inputs): Change[] {
  const sent = sentParams(schema.params, inputs.values);
  return schema.params
    .filter(({ name }) => name in sent)
    .map(({ name, title, default: standard, required }) => ({ name, title, value: shown(sent[name]), standard: required ? null : shown(standard) }));
}

function shown(value: unknown): string {
  if (value === true) return "on";
  if (value === false) return "off";
  return value === null || value === undefined || value === "" ? "not set" : String(value);
}
