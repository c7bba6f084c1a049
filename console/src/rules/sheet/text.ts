/** Text as Excel, Numbers, Sheets and CSV files have it, read into rows of cells. Every text can be read. */

const QUOTE = 34;
const LF = 10;
const CR = 13;
const BYTE_ORDER_MARK = "\ufeff";
const SEPARATORS = ["\t", ",", ";"] as const;

export type Separator = (typeof SEPARATORS)[number];

/** Reads cells from left to right. */
class CellReader {
  /** Where the next cell starts. */
  at = 0;
  /** Whether the cell that was read last is the last one of its row. */
  endsRow = false;
  private readonly text: string;
  private readonly separator: number;
  // After a quote that is never closed all quotes are plain text, so that any text is read in one pass.
  private hasOpenQuote = false;

  constructor(text: string, separator: Separator) {
    this.text = text;
    this.separator = separator.charCodeAt(0);
  }

  next(): string {
    const isQuoted = !this.hasOpenQuote && this.text.charCodeAt(this.at) === QUOTE;
    return (isQuoted ? this.quoted() : null) ?? this.plain();
  }

  private plain(): string {
    const { text, separator, at } = this;
    let end = at;
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code === separator || code === LF || code === CR) break;
    }
    this.endsRow = text.charCodeAt(end) !== separator;
    this.at = end + (text.charCodeAt(end) === CR && text.charCodeAt(end + 1) === LF ? 2 : 1);
    return text.slice(at, end);
  }

  /** A cell in quotes, which may have line ends; what follows the second quote belongs to it. Null: never closed. */
  private quoted(): string | null {
    const { text } = this;
    let value = "";
    for (let from = this.at + 1; ; ) {
      const close = text.indexOf('"', from);
      if (close < 0) {
        this.hasOpenQuote = true;
        return null;
      }
      value += text.slice(from, close);
      from = close + 2;
      if (text.charCodeAt(close + 1) !== QUOTE) {
        this.at = close + 1;
        return value + this.plain();
      }
      value += '"';
    }
  }
}

/** The rows of a text, as long as each is there; a line end at the very end starts no row. */
export function readRows(text: string, separator: Separator): string[][] {
  const plain = withoutMark(text);
  const reader = new CellReader(plain, separator);
  const rows: string[][] = [];
  let row: string[] = [];
  while (reader.at < plain.length || (reader.at === plain.length && row.length > 0)) {
    row.push(reader.next());
    if (!reader.endsRow) continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

/**
 * What separates the cells of a text that was pasted into a sheet of `width` columns. Tabs win, as spreadsheets copy
 * them. A single line is split at commas or semicolons only when that makes a whole row: else they are part of a value.
 */
export function separatorIn(text: string, width: number): Separator {
  const plain = withoutMark(text);
  const widths = SEPARATORS.map((separator) => ({ separator, cells: firstRowWidth(plain, separator) }));
  const [tabs, ...others] = widths;
  if (!tabs || tabs.cells > 1) return "\t";
  const isOneLine = !/[\r\n]./s.test(plain);
  const best = others.reduce((one, other) => (other.cells > one.cells ? other : one));
  if (best.cells < 2 || (isOneLine && best.cells !== width)) return "\t";
  return best.separator;
}

function firstRowWidth(text: string, separator: Separator): number {
  const reader = new CellReader(text, separator);
  let cells = 0;
  do {
    reader.next();
    cells += 1;
  } while (!reader.endsRow);
  return cells;
}

function withoutMark(text: string): string {
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

/** Rows as text that Excel and the API read back as the same cells. */
export function writeRows(rows: Iterable<readonly string[]>, separator: Separator): string {
  const special = separator === "\t" ? /[\t"\r\n]/ : /[",;\t\r\n]|^\s|\s$/;
  const written: string[] = [];
  for (const row of rows) {
    const cells = row.map((cell) => (special.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell));
    written.push(cells.join(separator));
  }
  return written.join("\n") + (written.length > 0 ? "\n" : "");
}

/** The text of a file, or in `fault` why it is no text and what to do. */
export type FileText = { readonly text: string } | { readonly fault: string };

const SAVE_AS = "Save it as “CSV UTF-8” and choose that file.";

/** The text in the bytes of a file: UTF-8, or UTF-16 as Excel's “Unicode text”. */
export function decodeFile(bytes: Uint8Array): FileText {
  const [first, second] = bytes;
  if (first === 0x50 && second === 0x4b) return { fault: `This is an Excel workbook, not a text file. ${SAVE_AS}` };
  if (first === 0xff && second === 0xfe) return { text: new TextDecoder("utf-16le").decode(bytes) };
  if (first === 0xfe && second === 0xff) return { text: new TextDecoder("utf-16be").decode(bytes) };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { fault: `This file is not UTF-8 text. ${SAVE_AS}` };
  }
}
