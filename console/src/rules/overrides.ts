export type Params = Readonly<Record<string, unknown>>;

/** A parameter as text to edit: text as it is, all else as JSON. */
export function shownValue(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value) ?? "";
}

/** The value that somebody typed, of the kind that the parameter had: "16" is a number where there was one. */
export function typedValue(text: string, before: unknown): unknown {
  if (typeof before === "string") return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** The parameters that differ from those of the parent. */
export function changedParams(before: Params, typed: Readonly<Record<string, string>>): Record<string, unknown> {
  const changed = Object.entries(typed).filter(([name, text]) => text !== shownValue(before[name]));
  return Object.fromEntries(changed.map(([name, text]) => [name, typedValue(text, before[name])]));
}
