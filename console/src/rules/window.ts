/** Which rows of a long list are drawn: `first` up to, without, `end`. */
export interface RowWindow {
  readonly first: number;
  readonly end: number;
}

export interface View {
  readonly scrollTop: number;
  readonly height: number;
  readonly rowHeight: number;
}

const SPARE = 10; // rows above and below, so that a quick turn of the wheel shows no gap
const MOST_ROWS = 150; // however tall the screen is: 1,500 elements at ten a row

export function windowOf(view: View, count: number): RowWindow {
  const top = Math.floor(Math.max(0, view.scrollTop) / view.rowHeight);
  const seen = Math.ceil(view.height / view.rowHeight) + 1;
  const first = Math.max(0, Math.min(top - SPARE, count - Math.min(seen + 2 * SPARE, MOST_ROWS)));
  return { first, end: Math.min(count, first + Math.min(seen + 2 * SPARE, MOST_ROWS)) };
}

/** Where to scroll so that a row is in view; null when it is already. */
export function scrollFor(row: number, view: View): number | null {
  const top = row * view.rowHeight;
  if (top < view.scrollTop) return top;
  const bottom = top + view.rowHeight;
  return bottom > view.scrollTop + view.height ? bottom - view.height : null;
}
