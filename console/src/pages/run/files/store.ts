import { batch, signal } from "@preact/signals";
import type { FileInfo, FileListResponse, operations } from "../../../../generated/api.ts";
import { isAbort } from "../../../net/waiting.ts";
import { reportIn } from "../../../rules/file_tree.ts";

export const GROUPS = ["results", "logs", "inputs"] as const;
export type Group = (typeof GROUPS)[number];
export type Files = Readonly<Record<Group, readonly FileInfo[]>>;
export type FileQuery = NonNullable<operations["list_run_files"]["parameters"]["query"]>;
export type AskFiles = (query: FileQuery, signal: AbortSignal) => Promise<FileListResponse>;

const PAGES_AT_ONCE = 200; // of each group: 10,000 files
const PAGE = 50; // the most that the service signs at once
const REPORTS = "multiqc"; // what the folder of the report that most people look for, or its file, begins with
const PAGES_DRAWN_AT_ONCE = 10; // after the first, because a tree with very many files is made anew each time
export const NO_FILES: Files = { results: [], logs: [], inputs: [] };

/** The files of one group, and what asks for the next page: null for the first one, undefined after the last one. */
interface Listing {
  readonly files: FileInfo[];
  cursor: string | null | undefined;
  total: number;
  isCapped: boolean;
}

/** The files of a run, all groups at the same time and page by page; very many only on demand. */
export class FileStore {
  readonly files = signal<Files>(NO_FILES);
  readonly error = signal<unknown>(null);
  readonly isLoading = signal(false);
  readonly isWhole = signal(false);
  /** The report of MultiQC, also while the list has not come to it yet. */
  readonly report = signal<FileInfo | null>(null);
  /** How many files there are, in words. */
  readonly total = signal("");
  private readonly listings = Object.fromEntries(GROUPS.map((group) => [group, emptyListing()])) as Record<Group, Listing>;
  private readonly ask: AskFiles;
  private readonly stopped = new AbortController();

  constructor(ask: AskFiles) {
    this.ask = ask;
  }

  stop(): void {
    this.stopped.abort();
  }

  async load(): Promise<void> {
    if (this.isLoading.peek() || this.isWhole.peek()) return;
    this.isLoading.value = true;
    const ends = await Promise.allSettled(GROUPS.map((group) => this.loadGroup(group)));
    const failed = ends.find((end) => end.status === "rejected");
    batch(() => {
      this.error.value = failed && !isAbort(failed.reason) ? failed.reason : null;
      this.draw();
      this.isLoading.value = false;
    });
  }

  private async loadGroup(group: Group): Promise<void> {
    const listing = this.listings[group];
    for (let page = 0; page < PAGES_AT_ONCE && listing.cursor !== undefined; page += 1) {
      const cursor = listing.cursor ? { cursor: listing.cursor } : {};
      const answer = await this.ask({ group, page_size: PAGE, ...cursor }, this.stopped.signal);
      listing.files.push(...answer.files[group]);
      listing.cursor = answer.next_cursor ?? undefined;
      listing.total = answer.total;
      listing.isCapped = answer.total_capped;
      if (page % PAGES_DRAWN_AT_ONCE === 0) this.draw();
      if (group === "results" && page === 0 && !this.report.peek() && listing.cursor !== undefined) await this.lookForReport();
    }
  }

  private async lookForReport(): Promise<void> {
    const answer = await this.ask({ group: "results", prefix: REPORTS, page_size: PAGE }, this.stopped.signal);
    this.report.value = reportIn(answer.files.results);
  }

  private draw(): void {
    const { results, logs, inputs } = this.listings;
    const all = [results, logs, inputs];
    const total = all.reduce((sum, listing) => sum + listing.total, 0);
    batch(() => {
      this.files.value = { results: [...results.files], logs: [...logs.files], inputs: [...inputs.files] };
      this.report.value = reportIn(results.files) ?? this.report.peek();
      this.isWhole.value = all.every((listing) => listing.cursor === undefined);
      this.total.value = total.toLocaleString("en") + (all.some((listing) => listing.isCapped) ? "+" : "");
    });
  }
}

function emptyListing(): Listing {
  return { files: [], cursor: null, total: 0, isCapped: false };
}
