import { batch, signal } from "@preact/signals";
import type { FileInfo, FileListResponse } from "../../../../generated/api.ts";
import { isAbort } from "../../../net/waiting.ts";

export const GROUPS = ["results", "logs", "inputs"] as const;
export type Group = (typeof GROUPS)[number];
export type Files = Readonly<Record<Group, readonly FileInfo[]>>;
export type AskFiles = (cursor: string | null, signal: AbortSignal) => Promise<FileListResponse>;

const PAGES_AT_ONCE = 20; // 1,000 files
export const NO_FILES: Files = { results: [], logs: [], inputs: [] };

/** The files of a run, page by page; the first thousand at once, more on demand. */
export class FileStore {
  readonly files = signal<Files>(NO_FILES);
  readonly error = signal<unknown>(null);
  readonly isLoading = signal(false);
  readonly isWhole = signal(false);
  readonly total = signal("");
  private cursor: string | null = null;
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
    try {
      for (let page = 0; page < PAGES_AT_ONCE && !this.isWhole.peek(); page += 1) {
        this.take(await this.ask(this.cursor, this.stopped.signal));
      }
      this.error.value = null;
    } catch (error) {
      if (!isAbort(error)) this.error.value = error;
    }
    this.isLoading.value = false;
  }

  private take(page: FileListResponse): void {
    const before = this.files.peek();
    this.cursor = page.next_cursor;
    batch(() => {
      this.files.value = {
        results: [...before.results, ...page.files.results],
        logs: [...before.logs, ...page.files.logs],
        inputs: [...before.inputs, ...page.files.inputs],
      };
      this.isWhole.value = page.next_cursor === null;
      this.total.value = page.total.toLocaleString("en") + (page.total_capped ? "+" : "");
    });
  }
}
