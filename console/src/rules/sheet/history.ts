/** Undo and redo. Old sheets are kept whole: they share their rows with the new ones. */

const MOST_STEPS = 200;
/** A sheet costs a pointer a row; so many are kept of all old sheets together. */
const MOST_ROWS_KEPT = 2_000_000;
const FEWEST_STEPS = 10;

export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
}

export function historyOf<T>(present: T): History<T> {
  return { past: [], present, future: [] };
}

/** A new present; what had been undone is forgotten. */
export function changedTo<T extends { readonly rows: readonly unknown[] }>(history: History<T>, next: T): History<T> {
  if (next === history.present) return history;
  const affordable = Math.floor(MOST_ROWS_KEPT / Math.max(1, next.rows.length));
  const steps = Math.min(MOST_STEPS, Math.max(FEWEST_STEPS, affordable));
  return { past: [...history.past, history.present].slice(-steps), present: next, future: [] };
}

export function undone<T>(history: History<T>): History<T> {
  const last = history.past.at(-1);
  if (last === undefined) return history;
  return { past: history.past.slice(0, -1), present: last, future: [history.present, ...history.future] };
}

export function redone<T>(history: History<T>): History<T> {
  const [next, ...later] = history.future;
  if (next === undefined) return history;
  return { past: [...history.past, history.present], present: next, future: later };
}
