import { describe, expect, it } from "vitest";
import { decodeFile, readRows, separatorIn, writeRows } from "../../../src/rules/sheet/text.ts";

describe("reading rows", () => {
  it("splits what Excel copies at tabs and at any line end", () => {
    expect(readRows("a\tb\r\nc\td\re\tf\ng\th", "\t")).toEqual([["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"]]);
  });

  it("starts no row after the line end at the very end", () => {
    expect(readRows("a\tb\r\n", "\t")).toEqual([["a", "b"]]);
    expect(readRows("", "\t")).toEqual([]);
  });

  it("keeps a blank last cell", () => {
    expect(readRows("a,", ",")).toEqual([["a", ""]]);
    expect(readRows("a,\nb,c\n", ",")).toEqual([["a", ""], ["b", "c"]]);
  });

  it("drops a byte order mark", () => {
    expect(readRows("\ufeffsample,fastq_1", ",")).toEqual([["sample", "fastq_1"]]);
  });

  it("keeps separators, quotes and line ends of a cell in quotes", () => {
    expect(readRows('"a\tb"\t"say ""hi"""\t"two\r\nlines"\nx\ty\tz', "\t")).toEqual([
      ["a\tb", 'say "hi"', "two\r\nlines"],
      ["x", "y", "z"],
    ]);
  });

  it("takes a quote that is never closed as text", () => {
    expect(readRows('"5 inch\tb\nc\td', "\t")).toEqual([['"5 inch', "b"], ["c", "d"]]);
  });

  it("keeps a quote in the middle and text after a closed quote", () => {
    expect(readRows('5" disk,"a"b', ",")).toEqual([['5" disk', "ab"]]);
  });

  it("keeps half a row as long as it is", () => {
    expect(readRows("a\tb\tc\nd", "\t")).toEqual([["a", "b", "c"], ["d"]]);
  });

});

describe("reading anything", () => {
  it("takes formulae, emoji and markup as plain text", () => {
    expect(readRows("=1+1\t🧬\t<script>alert(1)</script>", "\t")).toEqual([["=1+1", "🧬", "<script>alert(1)</script>"]]);
  });

  it("reads on in one pass after a quote without a partner", () => {
    const text = `"${'a""\n'.repeat(20_000)}`;
    expect(readRows(text, ",").length).toBe(20_000);
  });

  it("reads 20,000 rows", () => {
    const text = "s1\tgs://b/s1_R1.fastq.gz\tgs://b/s1_R2.fastq.gz\r\n".repeat(20_000);
    const rows = readRows(text, "\t");
    expect(rows.length).toBe(20_000);
    expect(rows.at(-1)).toEqual(["s1", "gs://b/s1_R1.fastq.gz", "gs://b/s1_R2.fastq.gz"]);
  });
});

describe("the separator", () => {
  it.each([
    ["a\tb,c", 3, "\t"],
    ["a,b\nc,d", 3, ","],
    ["a;b;c\nd;e;f,g", 3, ";"],
    ["one, two", 3, "\t"],
    ["s1,gs://1,gs://2", 3, ","],
    ["s1,gs://1,gs://2\n", 3, ","],
    ["word", 3, "\t"],
    ['"a,b"\n"c,d"', 3, "\t"],
    ["", 3, "\t"],
  ])("of %j in %i columns is %j", (text, width, separator) => {
    expect(separatorIn(text, width)).toBe(separator);
  });
});

it("writes cells so that they are read back as they were", () => {
  const rows = [["a,b", 'say "hi"', "two\nlines"], [" spaced ", "", "=1+1"], ["\ttab", "🧬", "x"]];
  expect(readRows(writeRows(rows, ","), ",")).toEqual(rows);
  expect(readRows(writeRows(rows, "\t"), "\t")).toEqual(rows);
});

describe("the text of a file", () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

  it("is UTF-8 or what Excel saves as Unicode text", () => {
    expect(decodeFile(bytes("ä,b"))).toEqual({ text: "ä,b" });
    expect(decodeFile(new Uint8Array([0xff, 0xfe, 0x61, 0, 0x09, 0]))).toEqual({ text: "a\t" });
  });

  it("is refused with words for a workbook and for other bytes", () => {
    expect(decodeFile(bytes("PK\u0003\u0004"))).toHaveProperty("fault", expect.stringContaining("Excel workbook"));
    expect(decodeFile(new Uint8Array([0x61, 0xe4, 0x62]))).toHaveProperty("fault", expect.stringContaining("UTF-8"));
  });
});
