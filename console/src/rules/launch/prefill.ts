/** What an address asks the form to be filled in with. */

import type { Values } from "./params.ts";

export interface Prefill {
  /** The run whose inputs are the start. */
  readonly from: string | null;
  /** The sequencing run to choose libraries of. */
  readonly ngsRun: string | null;
  /** From `param.genome=GRCh38` and the like. */
  readonly values: Values;
}

const PARAM = "param.";
const MOST_PARAMS = 500;

export function prefillIn(query: URLSearchParams): Prefill {
  const named = [...query].filter(([name]) => name.startsWith(PARAM)).slice(0, MOST_PARAMS);
  return {
    from: /^run-[0-9a-f]{8}$/.exec(query.get("from") ?? "")?.[0] ?? null,
    ngsRun: query.get("ngs_run"),
    values: Object.fromEntries(named.map(([name, value]) => [name.slice(PARAM.length), value])),
  };
}

/** The part of an address that fills the form in; empty when there is none. Two forms with the same have one start. */
export function originIn(query: URLSearchParams): string {
  const parts = [...query].filter(([name]) => name === "from" || name === "ngs_run" || name.startsWith(PARAM));
  return new URLSearchParams(parts.sort()).toString();
}
