/** The values of the parameters: as the form has them, and as they are sent. */

import type { PipelineSchema } from "../../../generated/api.ts";

export type Param = PipelineSchema["params"][number];
export type Scalar = string | number | boolean;

/** What the form has, by name: text for all but switches. A name that is absent or has an empty text has its default. */
export type Values = Readonly<Record<string, string | boolean>>;

/**
 * The params that differ from their defaults, and those the release needs, in their types. What is not of its type is
 * sent as it is written.
 */
export function sentParams(params: readonly Param[], values: Values): Record<string, Scalar> {
  const sent: Record<string, Scalar> = {};
  for (const param of params) {
    const value = values[param.name];
    if (value === undefined || value === "") continue;
    const typed = typeof value === "string" ? typedValue(param, value) : value;
    if (param.required || !isDefault(param, typed)) sent[param.name] = typed;
  }
  return sent;
}

export function isDefault(param: Param, value: Scalar): boolean {
  return value === param.default || (value === false && param.default === null);
}

export function isChanged(param: Param, values: Values): boolean {
  return param.name in sentParams([param], values);
}

function typedValue(param: Param, text: string): Scalar {
  const types = [param.type, ...param.other_types];
  const number = Number(text);
  if (types.includes("integer") && /^[+-]?\d+$/.test(text.trim()) && Number.isSafeInteger(number)) return number;
  if (types.includes("number") && text.trim() !== "" && Number.isFinite(number)) return number;
  if (types.includes("boolean") && /^(true|false)$/.test(text)) return text === "true";
  return text;
}

/** The form's values for params that were sent once; what is not a single value is left out. */
export function valuesFrom(sent: Readonly<Record<string, unknown>>): Values {
  const values: Record<string, string | boolean> = {};
  for (const [name, value] of Object.entries(sent)) {
    if (typeof value === "boolean" || typeof value === "string") values[name] = value;
    if (typeof value === "number") values[name] = String(value);
  }
  return values;
}

/** Names of values that this release has no parameter for; they are not sent. */
export function unknownNames(params: readonly Param[], values: Values): string[] {
  const known = new Set(params.map((param) => param.name));
  return Object.keys(values).filter((name) => !known.has(name) && values[name] !== "");
}

/** Whether a parameter is about what one looks for: its name, title or help has all the words. */
export function matches(param: Param, search: string): boolean {
  const text = `${param.name} ${param.title} ${param.help}`.toLowerCase();
  return search.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/** Whether a value has to be given: the API takes no default of a required parameter for one. */
export function needsValue(param: Param, values: Values): boolean {
  return param.required && String(values[param.name] ?? "").trim() === "";
}
