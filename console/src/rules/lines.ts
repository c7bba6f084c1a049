const LONGEST_LINE = 4_000;

/**
 * A text as lines to draw, of at most `columns` characters if that is a number. A very long line is broken in any case,
 * because browsers take seconds to lay one out.
 */
export function linesOf(text: string, columns: number | null = null): readonly string[] {
  const longest = Math.min(LONGEST_LINE, columns ?? LONGEST_LINE);
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.length > 1 && lines.at(-1) === "") lines.pop();
  return lines.some((line) => line.length > longest) ? lines.flatMap((line) => broken(line, longest)) : lines;
}

function broken(line: string, longest: number): readonly string[] {
  const count = Math.max(1, Math.ceil(line.length / longest));
  return Array.from({ length: count }, (_, index) => line.slice(index * longest, (index + 1) * longest));
}

export interface Piece {
  readonly text: string;
  readonly isMatch: boolean;
}

/** A text in pieces, so that what was searched for can be marked; case is ignored. */
export function matchesIn(text: string, search: string): readonly Piece[] {
  if (!search) return [{ text, isMatch: false }];
  const folded = text.toLowerCase();
  const wanted = search.toLowerCase();
  // Some letters change their length with their case; then places in one text do not hold in the other.
  if (folded.length !== text.length) return [{ text, isMatch: false }];
  const pieces: Piece[] = [];
  let from = 0;
  for (let at = folded.indexOf(wanted); at !== -1; at = folded.indexOf(wanted, from)) {
    if (at > from) pieces.push({ text: text.slice(from, at), isMatch: false });
    pieces.push({ text: text.slice(at, at + wanted.length), isMatch: true });
    from = at + wanted.length;
  }
  if (from < text.length || pieces.length === 0) pieces.push({ text: text.slice(from), isMatch: false });
  return pieces;
}
