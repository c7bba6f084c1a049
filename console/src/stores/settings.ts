import { type Signal, effect, signal } from "@preact/signals";
import { changeQuery, query } from "../router/navigation.ts";
import type { Zone } from "../rules/times.ts";

export type Theme = "auto" | "light" | "dark";

const THEMES: readonly Theme[] = ["auto", "light", "dark"];
const ZONES: readonly Zone[] = ["local", "utc"];

/** A choice that this browser remembers; without storage, as in some private windows, until the page is closed. */
export function remembered<T extends string>(name: string, choices: readonly T[], first: T): Signal<T> {
  const stored = choices.find((one) => one === read(name));
  const chosen = signal<T>(stored ?? first);
  effect(() => write(name, chosen.value));
  return chosen;
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(`sluice.${name}`);
  } catch {
    return null;
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(`sluice.${name}`, value);
  } catch {
    // a browser without storage forgets
  }
}

export const theme = remembered<Theme>("theme", THEMES, "auto");
/** Whether single letters do something; people who speak to their computer switch them off (WCAG 2.1.4). */
export const letterKeys = remembered<"on" | "off">("letter-keys", ["on", "off"], "on");
export const zone = remembered<Zone>("zone", ZONES, "local");

/** The zone is part of the address as well, so that a link shows the times that its sender saw. */
export function chooseZone(chosen: Zone): void {
  zone.value = chosen;
  changeQuery({ zone: chosen === "utc" ? "utc" : null }, { replace: true });
}

export function startSettings(): void {
  const asked = query.peek().get("zone");
  zone.value = ZONES.find((one) => one === asked) ?? zone.peek();
  effect(() => {
    document.documentElement.dataset["theme"] = theme.value;
  });
}
