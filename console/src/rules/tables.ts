/** The cells of a text with separators; quotes may enclose separators, line ends and, doubled, quotes (RFC 4180). */
export function tableIn(text: string, separator: "," | "\t"): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  while (at < text.length) {
    const { cell, end } = text[at] === '"' ? quoted(text, at, separator) : plain(text, at, separator);
    row.push(cell);
    if (text[end] === separator) {
      at = end + 1;
      if (at < text.length) continue;
      row.push("");
    } else at = text[end] === "\r" && text[end + 1] === "\n" ? end + 2 : end + 1;
    rows.push(row);
    row = [];
  }
  return rows;
}

interface Cell {
  readonly cell: string;
  /** Where what follows the cell begins. */
  readonly end: number;
}

function plain(text: string, from: number, separator: string): Cell {
  let end = from;
  while (end < text.length && text[end] !== separator && text[end] !== "\n" && text[end] !== "\r") end += 1;
  return { cell: text.slice(from, end), end };
}

/** An unfinished quote holds the rest of the text. */
function quoted(text: string, from: number, separator: string): Cell {
  let cell = "";
  let at = from + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return { cell: cell + text.slice(at), end: text.length };
    cell += text.slice(at, quote);
    if (text[quote + 1] !== '"') {
      const rest = plain(text, quote + 1, separator);
      return { cell: cell + rest.cell, end: rest.end };
    }
    cell += '"';
    at = quote + 2;
  }
}

const LOOKED_AT = 200;
const NARROWEST = 6;
const WIDEST = 44;

/** How many characters wide each column is to be, from the first rows. */
export function widthsOf(rows: readonly (readonly string[])[], columns: number): readonly number[] {
  const widths = Array.from({ length: columns }, () => NARROWEST);
  for (const row of rows.slice(0, LOOKED_AT)) {
    for (const [index, width] of widths.entries()) widths[index] = Math.min(WIDEST, Math.max(width, row[index]?.length ?? 0));
  }
  return widths;
}
