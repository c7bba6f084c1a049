/** From the libraries of a sequencing run to rows of a samplesheet. */

import type { LibrarySample } from "../../../generated/api.ts";

export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One row for each lane with both reads, as the API makes its samplesheets. */
export function rowsOf(samples: readonly LibrarySample[], sampleColumn: string): Table {
  const rows = samples.flatMap(({ sample, lanes }) => lanes.map((lane) => [sample, lane.fastq_1, lane.fastq_2]));
  return { header: [sampleColumn, "fastq_1", "fastq_2"], rows };
}

/** The project of the samples if they have one and the same; else empty. */
export function projectOf(samples: readonly LibrarySample[]): string {
  const projects = new Set(samples.map(({ project }) => project ?? ""));
  const [only = ""] = projects;
  return projects.size === 1 ? only : "";
}

/** What is known of a library besides its name, in one line. */
export function wordsOf(sample: LibrarySample): string {
  const { project, organism, tissue, cell_line: line, perturbation, replicate, kit } = sample;
  return [project, organism, tissue, line, perturbation, replicate && `replicate ${replicate}`, kit].filter(Boolean).join(" · ");
}

export function readWords(count: number | null): string {
  if (count === null) return "–";
  return new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 }).format(count);
}
