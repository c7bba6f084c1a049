import { batch, signal } from "@preact/signals";
import type { TaskInfo } from "../../../../generated/api.ts";
import { isAbort } from "../../../net/waiting.ts";
import type { TaskQuery } from "./selection.ts";

export const PAGE_ROWS = 500;
const KEPT_PAGES = 24; // 12,000 tasks, about 15 MB

export interface TaskAnswer {
  readonly tasks: readonly TaskInfo[];
  readonly total: number;
  readonly total_capped: boolean;
  readonly next_cursor: string | null;
}

export type AskTasks = (query: TaskQuery, signal: AbortSignal) => Promise<TaskAnswer>;

interface Page {
  readonly cursor: string | null;
  tasks: readonly TaskInfo[] | null;
  isOld: boolean;
}

/** The answer to one question, page by page; a page is found by the cursor that the page before it named. */
class Part {
  readonly query: TaskQuery;
  readonly pages: Page[] = [{ cursor: null, tasks: null, isOld: true }];
  total: number | null = null;
  isCapped = false;

  constructor(query: TaskQuery) {
    this.query = query;
  }
}

/**
 * A list of up to any number of tasks, of which it holds the pages around the rows in view.
 *
 * The service leads from page to page, so rows far below are reached through the pages above them.
 */
export class TaskList {
  readonly version = signal(0);
  readonly error = signal<unknown>(null);
  readonly isLoading = signal(true);
  private readonly parts: readonly Part[];
  private readonly ask: AskTasks;
  private readonly stopped = new AbortController();
  private wanted = { first: 0, end: PAGE_ROWS };
  private isWorking = false;

  constructor(questions: readonly TaskQuery[], ask: AskTasks) {
    this.parts = questions.map((query) => new Part(query));
    this.ask = ask;
  }

  /** The rows that are known to exist; more may follow while `isWhole` is false. */
  get count(): number {
    return this.parts.reduce((sum, part) => sum + (part.total ?? 0), 0);
  }

  /** Whether the number of all rows is known exactly. */
  get isWhole(): boolean {
    return this.parts.every((part) => part.total !== null && !part.isCapped);
  }

  row(index: number): TaskInfo | null {
    const place = this.placeOf(index);
    return place ? (place.part.pages[place.page]?.tasks?.[place.offset] ?? null) : null;
  }

  /** Load what is needed to show these rows. */
  show(first: number, end: number): void {
    this.wanted = { first, end };
    void this.work();
  }

  /** Take over how many tasks have each status; it holds for questions about a status alone. */
  recount(counts: Readonly<Record<string, number>>): void {
    for (const part of this.parts) {
      const { status, search, process } = part.query;
      if (status && !search && !process) part.total = counts[status] ?? 0;
    }
    this.version.value += 1;
  }

  /** Ask again for what is in view: something has changed. */
  refresh(): void {
    for (const part of this.parts) for (const page of part.pages) page.isOld = true;
    void this.work();
  }

  stop(): void {
    this.stopped.abort();
  }

  private async work(): Promise<void> {
    if (this.isWorking) return;
    this.isWorking = true;
    try {
      for (let next = this.missing(); next; next = this.missing()) await this.load(next.part, next.page);
      this.error.value = null;
    } catch (error) {
      if (!isAbort(error)) this.error.value = error;
    } finally {
      this.isWorking = false;
      this.isLoading.value = false;
    }
  }

  /** The next page to load: one in view, the one that leads to it, or the first of a part whose size is not known. */
  private missing(): { part: Part; page: number } | null {
    let start = 0;
    for (const part of this.parts) {
      if (part.total === null) return { part, page: 0 };
      const first = Math.max(0, this.wanted.first - start);
      const last = Math.min(part.total, this.wanted.end - start) - 1;
      const page = last < first ? null : this.missingPage(part, first, last);
      if (page !== null) return { part, page };
      start += part.total;
    }
    return null;
  }

  private missingPage(part: Part, first: number, last: number): number | null {
    for (let page = Math.floor(first / PAGE_ROWS); page <= Math.floor(last / PAGE_ROWS); page += 1) {
      const known = part.pages[page];
      if (!known) return this.lastUnread(part);
      if (!known.tasks || known.isOld) return page;
    }
    return null;
  }

  private lastUnread(part: Part): number | null {
    const last = part.pages.at(-1);
    return last && (!last.tasks || last.isOld) ? part.pages.length - 1 : null;
  }

  private async load(part: Part, index: number): Promise<void> {
    const page = part.pages[index];
    if (!page) return;
    page.isOld = false;
    const query = { ...part.query, limit: PAGE_ROWS, ...(page.cursor && { cursor: page.cursor }) };
    const answer = await this.ask(query, this.stopped.signal);
    page.tasks = answer.tasks;
    this.note(part, index, answer);
    this.forgetFar();
    batch(() => {
      this.isLoading.value = false;
      this.version.value += 1;
    });
  }

  private note(part: Part, index: number, answer: TaskAnswer): void {
    const shown = index * PAGE_ROWS + answer.tasks.length;
    part.isCapped = answer.total_capped && answer.next_cursor !== null;
    part.total = answer.next_cursor === null ? shown : Math.max(answer.total, shown + 1);
    const next = part.pages[index + 1];
    if (answer.next_cursor === null) part.pages.length = index + 1;
    else if (next?.cursor !== answer.next_cursor) {
      part.pages.length = index + 1;
      part.pages.push({ cursor: answer.next_cursor, tasks: null, isOld: true });
    }
  }

  private forgetFar(): void {
    const held: { page: Page; distance: number }[] = [];
    let start = 0;
    for (const part of this.parts) {
      for (const [index, page] of part.pages.entries()) {
        if (page.tasks) held.push({ page, distance: Math.abs(start + index * PAGE_ROWS - this.wanted.first) });
      }
      start += part.total ?? 0;
    }
    held.sort((a, b) => b.distance - a.distance);
    for (const { page } of held.slice(0, Math.max(0, held.length - KEPT_PAGES))) page.tasks = null;
  }

  private placeOf(index: number): { part: Part; page: number; offset: number } | null {
    let start = 0;
    for (const part of this.parts) {
      const total = part.total ?? 0;
      if (index < start + total) {
        return { part, page: Math.floor((index - start) / PAGE_ROWS), offset: (index - start) % PAGE_ROWS };
      }
      start += total;
    }
    return null;
  }
}
