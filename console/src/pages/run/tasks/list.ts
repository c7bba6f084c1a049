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
  readonly tasks: readonly TaskInfo[];
  readonly next: string | null;
  isOld: boolean;
}

/** The answer to one question: those of its pages that are held, by their numbers. */
class Part {
  readonly query: TaskQuery;
  readonly pages = new Map<number, Page>();
  total: number | null = null;
  isCapped = false;

  constructor(query: TaskQuery) {
    this.query = query;
  }

  /** What asks for a page. The page before it names a cursor, which costs the service less than an offset. */
  queryFor(page: number): TaskQuery {
    const before = this.pages.get(page - 1);
    const cursor = before?.isOld ? null : before?.next;
    const from = cursor ? { cursor } : page > 0 ? { offset: page * PAGE_ROWS } : {};
    return { ...this.query, limit: PAGE_ROWS, ...from };
  }
}

/** A list of up to any number of tasks, of which it holds the pages around the rows in view. */
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
    return place ? (place.part.pages.get(place.page)?.tasks[place.offset] ?? null) : null;
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
    for (const part of this.parts) for (const page of part.pages.values()) page.isOld = true;
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

  /** The next page to load: one in view, or the first of a part whose size is not known. */
  private missing(): { part: Part; page: number } | null {
    let start = 0;
    for (const part of this.parts) {
      if (part.total === null) return { part, page: 0 };
      const first = Math.max(0, this.wanted.first - start);
      const last = Math.min(part.total, this.wanted.end - start) - 1;
      const page = last < first ? null : missingPage(part, first, last);
      if (page !== null) return { part, page };
      start += part.total;
    }
    return null;
  }

  private async load(part: Part, page: number): Promise<void> {
    const known = part.pages.get(page);
    if (known) known.isOld = false;
    const answer = await this.ask(part.queryFor(page), this.stopped.signal);
    part.pages.set(page, { tasks: answer.tasks, next: answer.next_cursor, isOld: false });
    this.note(part, page, answer);
    this.forgetFar();
    batch(() => {
      this.isLoading.value = false;
      this.version.value += 1;
    });
  }

  private note(part: Part, page: number, answer: TaskAnswer): void {
    const shown = page * PAGE_ROWS + answer.tasks.length;
    const isLast = answer.next_cursor === null;
    part.isCapped = answer.total_capped && !isLast;
    part.total = !isLast ? Math.max(answer.total, shown + 1) : answer.tasks.length > 0 || page === 0 ? shown : answer.total;
    if (!isLast) return;
    for (const later of part.pages.keys()) if (later > page) part.pages.delete(later);
  }

  private forgetFar(): void {
    const held: { part: Part; page: number; distance: number }[] = [];
    let start = 0;
    for (const part of this.parts) {
      for (const page of part.pages.keys()) {
        held.push({ part, page, distance: Math.abs(start + page * PAGE_ROWS - this.wanted.first) });
      }
      start += part.total ?? 0;
    }
    held.sort((a, b) => b.distance - a.distance);
    for (const { part, page } of held.slice(0, Math.max(0, held.length - KEPT_PAGES))) part.pages.delete(page);
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

function missingPage(part: Part, first: number, last: number): number | null {
  for (let page = Math.floor(first / PAGE_ROWS); page <= Math.floor(last / PAGE_ROWS); page += 1) {
    if (part.pages.get(page)?.isOld ?? true) return page;
  }
  return null;
}
