import { expect } from "vitest";
import type { RunInputsResponse } from "../../generated/api.ts";
import { NewRun } from "../parts/new_run.ts";
import { exampleRun } from "../support/example.ts";
import { journey } from "../support/journey.ts";

type Rows = string[][];

/** The samplesheet of the example; no cell of it is quoted. */
function exampleRows(): Rows {
  return exampleRun().samplesheet_csv.trim().split("\n").map((line) => line.split(","));
}

/** As Excel writes it: tabs, CRLF, and quotes around what has a quote or a line break in it. */
function asExcel(rows: Rows): string {
  const cell = (text: string): string => (/["\n\t]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return rows.map((row) => `${row.map(cell).join("\t")}\r\n`).join("");
}

journey("three faults of a sheet pasted from Excel are mended in the grid, and the run starts", async ({ page, context, api }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const rows = exampleRows();
  const wrong = structuredClone(rows);
  wrong[1]?.splice(0, 1, "pbmc \"donor\" 1\n"); // row 2: a name with spaces, quotes and a line break
  wrong[3]?.splice(2, 1, "C:\\reads\\R2.fastq.gz"); // row 4: a file of the own machine
  wrong[5]?.splice(3, 1, "8,000"); // row 6: not a number
  const form = new NewRun(page);
  await form.open();
  await form.pasteByKeyboard(asExcel(wrong));
  await page.getByText("4 samples in 5 rows").or(page.getByText("5 samples in 5 rows")).waitFor();
  await form.setParam("genome", "GRCh38");
  await form.setParam("protocol", "10XV3");
  await form.setParam("aligner", "star");

  await page.getByRole("button", { name: "Review and start …" }).click();
  await form.problems.first().waitFor();
  const places = await form.problems.locator("strong").allInnerTexts();
  expect(new Set(places)).toEqual(new Set(["Row 2, sample", "Row 4, fastq_2", "Row 6, expected_cells"]));
  for (const [place, row, column] of [["Row 2, sample", 1, 0], ["Row 4, fastq_2", 3, 2], ["Row 6, expected_cells", 5, 3]] as const) {
    await form.problems.filter({ hasText: place }).first().click();
    await form.type(rows[row]?.[column] ?? "");
    await expect.poll(() => form.problems.filter({ hasText: place }).count()).toBe(0);
  }
  await page.getByText("No fault was found").waitFor();
  await form.review();
  const runId = await form.start();

  const { samplesheet_csv: sent } = await api.get<RunInputsResponse>(`/api/runs/${runId}/inputs`);
  expect(sent.trim().split("\n").map((line) => line.trim().split(","))).toEqual(rows);
});

journey("a sheet saved by Excel as Unicode text, with BOM and CRLF, is read as it was", async ({ page }) => {
  const rows = [["fastq_2", "sample", "fastq_1"], ["gs://lab/b_R2.fastq.gz", "Müller 🧫", "gs://lab/a_R1.fastq.gz"], ["", "=SUM(A1)", ""]];
  const form = new NewRun(page);
  await form.open();
  const buffer = Buffer.from(`\uFEFF${asExcel(rows)}`, "utf16le");
  await page.getByLabel("File with the samplesheet").setInputFiles({ name: "sheet.txt", mimeType: "text/plain", buffer });
  await expect.poll(() => form.texts(2)).toEqual(rows.slice(1));
  expect(await form.grid.getByRole("columnheader").getByRole("button").allInnerTexts()).toEqual(rows[0]);
});
