import type { operations } from "../../../generated/api.ts";

/** Which failures are shown: all of it is in the address. */
export interface Selection {
  readonly everybody: boolean;
  readonly cursor: string;
}

export function selectionIn(query: URLSearchParams): Selection {
  return { everybody: query.get("whose") === "all", cursor: query.get("cursor") ?? "" };
}

export function failuresAddress({ everybody, cursor }: Selection): string {
  const parts = [
    ["whose", everybody ? "all" : ""],
    ["cursor", cursor],
  ].filter(([, value]) => value);
  const text = new URLSearchParams(parts).toString();
  return text ? `/failures?${text}` : "/failures";
}

/** What is asked of the API. */
export function askedOf({ everybody, cursor }: Selection): NonNullable<operations["list_failures"]["parameters"]["query"]> {
  return { ...(everybody && { all: true }), ...(cursor && { cursor }) };
}
