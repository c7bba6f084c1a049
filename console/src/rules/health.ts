import type { ServiceStatus } from "../../generated/api.ts";

/** What people are told about Sluice itself. */
export interface HealthNotice {
  /** The same for the same news: a notice that was closed stays closed until there is other news. */
  readonly key: string;
  readonly title: string;
  readonly facts: readonly { readonly meaning: string; readonly since: string | null }[];
}

export const UNREACHABLE: HealthNotice = {
  key: "unreachable",
  title: "Sluice does not answer",
  facts: [{ meaning: "Your runs go on without it. This page tries again by itself.", since: null }],
};

export const SILENT: HealthNotice = {
  key: "silent",
  title: "A part of Sluice does not answer",
  facts: [{ meaning: "What this page shows may be old. Your runs go on, and this page tries again by itself.", since: null }],
};

/** Which parts are not well and what that means; null while nothing is known to be wrong. */
export function healthNotice({ state, parts }: ServiceStatus): HealthNotice | null {
  const facts = parts.filter((part) => part.meaning !== "");
  if (facts.length === 0) return null;
  return {
    key: facts.map(({ part, state: how, since }) => `${part} ${how} ${since}`).join(", "),
    title: state === "away" ? "A part of Sluice is away" : "A part of Sluice does not work as usual",
    facts: facts.map(({ meaning, since }) => ({ meaning, since })),
  };
}
