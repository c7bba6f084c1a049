import { type ReadonlySignal, computed, signal } from "@preact/signals";
import { type Route, changedQuery, isOurs, routeOf } from "./address.ts";

interface Place {
  readonly path: string;
  readonly query: string;
  readonly hash: string;
}

const current = signal<Place>(here());
export const place: ReadonlySignal<Place> = current;
export const route: ReadonlySignal<Route> = computed(() => routeOf(current.value.path));
export const query: ReadonlySignal<URLSearchParams> = computed(() => new URLSearchParams(current.value.query));

function here(): Place {
  return { path: location.pathname, query: location.search, hash: location.hash };
}

export interface Navigation {
  /** Change the address without a step that "back" returns to: for typing and switches. */
  readonly replace?: boolean;
  /** Kept with the step and there again after a reload: see `stateHere`. */
  readonly state?: unknown;
  /** Do not move to the top of the page: for a part of it that changes. */
  readonly stay?: boolean;
}

export function navigate(to: string, { replace = false, state = null, stay = false }: Navigation = {}): void {
  const path = current.peek().path;
  if (replace) history.replaceState(state, "", to);
  else history.pushState(state, "", to);
  current.value = here();
  if (current.peek().path !== path && !replace && !stay) showTop();
}

/** Change parts of the query of this page. */
export function changeQuery(changes: Readonly<Record<string, string | null>>, options: Navigation = {}): void {
  const { path, query: text, hash } = current.peek();
  navigate(path + changedQuery(text, changes) + hash, options);
}

export function stateHere(): unknown {
  return history.state;
}

/** Follow the browser's buttons, and turn clicks on links within the console into steps without a reload. */
export function startRouter(): void {
  addEventListener("popstate", () => (current.value = here()));
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || !isPlainClick(event) || link.target || link.hasAttribute("download")) return;
    const url = new URL(link.href);
    const isJump = url.hash !== "" && url.pathname === location.pathname && url.search === location.search;
    if (!isOurs(url, location.origin) || isJump) return;
    event.preventDefault();
    navigate(url.pathname + url.search + url.hash);
  });
}

function isPlainClick(event: MouseEvent): boolean {
  const modified = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  return event.button === 0 && !modified && !event.defaultPrevented;
}

let hasMoved = false;

/** A page whose heading comes later, with what was loaded, begins there as well, unless the reader is elsewhere by now. */
export function beginAt(heading: HTMLElement | null): void {
  if (hasMoved && document.activeElement === document.body) heading?.focus({ preventScroll: true });
}

/** A new page begins at its top, and screen readers and the keyboard begin at its heading. */
function showTop(): void {
  hasMoved = true;
  scrollTo(0, 0);
  requestAnimationFrame(() => document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true }));
}
