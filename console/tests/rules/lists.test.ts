import { expect, test } from "vitest";
import type { FileInfo, TaskSpan } from "../../generated/api.ts";
import { configIn, searchFor } from "../../src/rules/causes.ts";
import { previewKind, reportIn, treeLines } from "../../src/rules/file_tree.ts";
import { linesOf, matchesIn } from "../../src/rules/lines.ts";
import { listIn } from "../../src/rules/lists.ts";
import { changedParams } from "../../src/rules/overrides.ts";
import { size } from "../../src/rules/sizes.ts";
import { shortName } from "../../src/rules/tasks/state.ts";
import { tableIn, widthsOf } from "../../src/rules/tables.ts";
import { lanesOf, ticksIn, within, zoomed } from "../../src/rules/timeline.ts";
import { scrollFor, windowOf } from "../../src/rules/window.ts";

const file = (name: string, bytes = 10): FileInfo => ({
  name, size: bytes, updated_at: "2026-12-01T12:00:00Z", gcs_uri: `gs://b/${name}`, download_url: "https://s/d", preview_url: "https://s/p",
});

test("a window has the rows in view and some more, wherever it is in 100,000", () => {
  const view = { scrollTop: 50_000 * 36, height: 720, rowHeight: 36 };
  expect(windowOf(view, 100_000)).toEqual({ first: 49_990, end: 50_031 });
  expect(windowOf({ ...view, scrollTop: 0 }, 3)).toEqual({ first: 0, end: 3 });
  expect(windowOf({ ...view, scrollTop: 99_999 * 36 }, 100_000)).toEqual({ first: 99_959, end: 100_000 });
  expect(windowOf({ ...view, height: 90_000 }, 100_000).end - windowOf({ ...view, height: 90_000 }, 100_000).first).toBe(150);
});

test("a row that is in view is not scrolled to", () => {
  const view = { scrollTop: 360, height: 360, rowHeight: 36 };
  expect([10, 19, 5, 30].map((row) => scrollFor(row, view))).toEqual([null, null, 180, 756]);
});

test("files become folders with sizes, in the order of numbers in names", () => {
  const files = [file("b.txt"), file("star/s10.bam", 5), file("star/s9.bam", 7), file("star/log/a.txt")];
  expect(treeLines(files, new Set()).map(({ path, size: bytes, count }) => [path, bytes, count])).toEqual([["star", 22, 3], ["b.txt", 10, 1]]);
  expect(treeLines(files, new Set(["star"])).map(({ name, depth }) => [name, depth])).toEqual([
    ["star", 0], ["log", 1], ["s9.bam", 1], ["s10.bam", 1], ["b.txt", 0],
  ]);
});

test("the MultiQC report is found by its name, and files are shown by theirs", () => {
  const report = file("multiqc/star/multiqc_report.html");
  expect(reportIn([file("a.html"), file("multiqc/multiqc_fastqc.html"), report])).toBe(report);
  expect(reportIn([file("a.html")])).toBeNull();
  expect(["r.html", "p.PNG", "t.tsv", "x.log"].map((name) => previewKind(file(name)))).toEqual(["page", "image", "table", "text"]);
  expect(previewKind({ ...file("x.bam"), preview_url: null })).toBeNull();
});

test("lines end as on any system, and a very long one is broken", () => {
  expect(linesOf("a\r\nb\rc\n")).toEqual(["a", "b", "c"]);
  expect(linesOf("")).toEqual([""]);
  expect(linesOf("x".repeat(9_000)).map((line) => line.length)).toEqual([4_000, 4_000, 1_000]);
  expect(linesOf("abcde\n\nab", 2)).toEqual(["ab", "cd", "e", "", "ab"]);
});

test("what was searched for is marked, ignoring case", () => {
  expect(matchesIn("An error, ERROR", "error").filter((piece) => piece.isMatch).map((piece) => piece.text)).toEqual(["error", "ERROR"]);
  expect(matchesIn("<script>", "").map((piece) => piece.text)).toEqual(["<script>"]);
});

test("evidence is searched for without the head of its record", () => {
  const line = "Nov-23 08:15:02.113 [Task monitor] ERROR nextflow.processor.TaskProcessor - Error executing process > 'STAR (a)'";
  expect(searchFor(line)).toBe("Error executing process > 'STAR (a)'");
  expect(searchFor(`  first\nsecond`)).toBe("first");
  expect(searchFor("x".repeat(500)).length).toBe(200);
});

test("the config that an advice quotes can be taken over", () => {
  expect(configIn("Recover with `process { withName: A { memory = { 2.GB * task.attempt } } }` in the config.")).toBe(
    "process { withName: A { memory = { 2.GB * task.attempt } } }",
  );
  expect([configIn("Read `.command.log`."), configIn(null)]).toEqual([null, null]);
});

test("a table is read with quotes, BOM and Windows line ends, and half a quote loses nothing", () => {
  expect(tableIn('\uFEFFa,b\r\n"x, ""y""","1\n2"\r\n,\n', ",")).toEqual([["a", "b"], ['x, "y"', "1\n2"], ["", ""]]);
  expect(tableIn('a\t"b\nc', "\t")).toEqual([["a", "b\nc"]]);
});

test("columns are as wide as what they hold, within limits", () => {
  expect(widthsOf([["sample", "fastq"], ["a", "x".repeat(99)]], 2)).toEqual([6, 44]);
});

test("a task's name is shown without the workflows around it", () => {
  const names = ["NF:STAR:ALIGN (a:b)", "NF:STAR:ALIGN", "ALIGN (x)"];
  expect(names.map(shortName)).toEqual(["ALIGN (a:b)", "ALIGN", "ALIGN (x)"]);
});

test("only parameters that differ are sent, as the kind that they were", () => {
  expect(changedParams({ cpus: 4, name: "4", on: true }, { cpus: "8", name: "4", on: "false" })).toEqual({ cpus: 8, on: false });
  expect(changedParams({ cpus: 4 }, { cpus: "many" })).toEqual({ cpus: "many" });
});

test("lists and sizes are read and written as people do", () => {
  expect(listIn("a, b;\n a\n\nc ")).toEqual(["a", "b", "c"]);
  expect([0, 1_023, 1_536, 36 * 1_024 ** 3].map(size)).toEqual(["0 B", "1,023 B", "1.5 kB", "36 GB"]);
});

test("a part of a timeline stays within it and is a second long at least", () => {
  const whole = { from: 0, to: 60_000 };
  expect(within(whole, 90_000, -5)).toEqual(whole);
  expect(within(whole, 59_900, 59_950)).toEqual({ from: 59_000, to: 60_000 });
  expect(zoomed(whole, { from: 20_000, to: 40_000 }, 0.5)).toEqual({ from: 25_000, to: 35_000 });
  expect(ticksIn({ from: 0, to: 60_000 }, 4)).toEqual([0, 15_000, 30_000, 45_000, 60_000]);
});

test("bars that overlap are on different lines, and a task that runs goes on until now", () => {
  const at = (second: number): string => new Date(Date.UTC(2026, 11, 1, 12, 0, second)).toISOString();
  const span = (id: string, submit: number, start: number | null, end: number | null): TaskSpan => ({
    task_id: id, name: id, process: "P", status: "RUNNING", submit_time: at(submit),
    start_time: start === null ? null : at(start), end_time: end === null ? null : at(end),
  });
  const lanes = lanesOf({
    total: 3, start: at(0), end: at(30), bin_ms: 1_000, lanes: [{ process: "P", bins: [0, 20], queued: [1, 0], running: [2, 1] }],
    tasks: [span("a", 0, 1, 10), span("b", 5, 6, null), span("c", 10, null, null)],
  });
  expect(lanes[0]?.bars.map(({ line, start, end }) => [line, start, end])).toEqual([[0, 1_000, 10_000], [1, 6_000, 30_000], [0, 30_000, 30_000]]);
  expect([lanes[0]?.lines, lanes[0]?.most]).toEqual([2, 3]);
});

