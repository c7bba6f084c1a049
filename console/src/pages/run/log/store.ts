import { batch, signal } from "@preact/signals";
import type { LogEntry, LogPage, operations } from "../../../../generated/api.ts";
import type { StreamEvent } from "../../../net/stream.ts";
import { isAbort } from "../../../net/waiting.ts";
import { EMPTY_BUFFER, type LogBuffer, appended, prepended } from "../../../rules/log/buffer.ts";

export type LogQuery = NonNullable<operations["list_log_entries"]["parameters"]["query"]>;
export type LogFilter = Pick<LogQuery, "level" | "search">;

export interface LogWire {
  ask(query: LogQuery, signal: AbortSignal): Promise<LogPage>;
  follow(offset: number, onEvent: (event: StreamEvent) => void, signal: AbortSignal): Promise<void>;
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

const PAGE = 500;
const RESTORED_WITHIN_MS = 3_000;
const FILTERED_EVERY_MS = 5_000;
const DRAWN_EVERY_MS = 50;

export type LogState = "loading" | "restoring" | "growing" | "complete";

/** The log of a run: a part of it that is held, what comes in at its end, and pages before and after on demand. */
export class LogStore {
  readonly buffer = signal<LogBuffer>(EMPTY_BUFFER);
  readonly state = signal<LogState>("loading");
  readonly error = signal<unknown>(null);
  /** The number of the last entry there is; -1 before the first. */
  readonly last = signal(-1);
  /** How many entries match, in words. */
  readonly total = signal("");
  private readonly filter: LogFilter;
  private readonly wire: LogWire;
  private readonly stopped = new AbortController();
  private earlier: string | null = null;
  private isTurning = false;
  private isFollowing = false;
  private arrived: LogEntry[] = [];
  private recent: readonly LogEntry[] = [];

  constructor(filter: LogFilter, wire: LogWire) {
    this.filter = filter;
    this.wire = wire;
  }

  get isFiltered(): boolean {
    return Boolean(this.filter.level ?? this.filter.search);
  }

  stop(): void {
    this.stopped.abort();
  }

  /** Show the end of the log, in one request, and what is added to it. */
  openEnd(): Promise<void> {
    return this.guarded(async () => {
      const page = await this.newest();
      const entries = page.entries.toReversed();
      this.earlier = page.next_cursor;
      const end = { entries, hasEarlier: page.next_cursor !== null, hasLater: false };
      this.take(this.withRecent(end), page);
      this.last.value = this.buffer.peek().entries.at(-1)?.number ?? -1;
      this.keepUp(entries.at(-1));
    });
  }

  /** Show the entry with this number and those around it. */
  openAt(number: number): Promise<void> {
    return this.guarded(async () => {
      const offset = Math.max(0, number - PAGE / 2);
      const page = await this.ask({ offset, limit: PAGE });
      const hasLater = page.next_cursor !== null;
      this.take({ entries: page.entries, hasEarlier: offset > 0, hasLater }, page);
      const end = page.total_capped ? (page.entries.at(-1)?.number ?? -1) : page.total - 1;
      this.last.value = Math.max(this.last.peek(), end);
      if (!hasLater) this.keepUp(page.entries.at(-1));
    });
  }

  loadEarlier(): Promise<void> {
    const first = this.buffer.peek().entries[0];
    if (!first || !this.buffer.peek().hasEarlier || this.isTurning) return Promise.resolve();
    return this.turned(async () => {
      if (this.isFiltered) {
        const page = await this.ask({ ...this.filter, order: "desc", limit: PAGE, cursor: this.earlier ?? "" });
        this.earlier = page.next_cursor;
        this.buffer.value = prepended(this.buffer.peek(), page.entries.toReversed(), page.next_cursor !== null);
        return;
      }
      const offset = Math.max(0, first.number - PAGE);
      const found = await this.between(offset, first.number);
      this.buffer.value = prepended(this.buffer.peek(), found, offset > 0);
    });
  }

  loadLater(): Promise<void> {
    const last = this.buffer.peek().entries.at(-1);
    if (!last || !this.buffer.peek().hasLater || this.isTurning || this.isFiltered) return Promise.resolve();
    return this.turned(async () => {
      const page = await this.ask({ offset: last.number + 1, limit: PAGE });
      const longer = appended(this.buffer.peek(), page.entries, page.next_cursor !== null);
      this.buffer.value = longer.hasLater ? longer : this.withRecent(longer);
      if (page.next_cursor === null) this.keepUp(page.entries.at(-1) ?? last);
    });
  }

  private async between(offset: number, end: number): Promise<LogEntry[]> {
    const found: LogEntry[] = [];
    // A page of long entries is shorter than asked for.
    for (let next = offset; next < end; ) {
      const page = await this.ask({ offset: next, limit: end - next });
      if (page.entries.length === 0) break;
      found.push(...page.entries);
      next = (page.entries.at(-1)?.number ?? end) + 1;
    }
    return found;
  }

  private async newest(): Promise<LogPage> {
    for (;;) {
      const page = await this.ask({ ...this.filter, order: "desc", limit: PAGE });
      if (!page.restoring) return page;
      this.state.value = "restoring";
      await this.wire.wait(RESTORED_WITHIN_MS, this.stopped.signal);
    }
  }

  private ask(query: LogQuery): Promise<LogPage> {
    return this.wire.ask(query, this.stopped.signal);
  }

  private take(buffer: LogBuffer, page: LogPage): void {
    batch(() => {
      this.error.value = null;
      this.buffer.value = buffer;
      this.state.value = page.complete ? "complete" : "growing";
      this.total.value = page.total.toLocaleString("en") + (page.total_capped ? "+" : "");
    });
  }

  /** Whatever is added to the log from here on; a filtered log is asked for again, because its stream has no filter. */
  private keepUp(end: LogEntry | undefined): void {
    if (this.isFollowing || this.state.peek() === "complete") return;
    this.isFollowing = true;
    const following = this.isFiltered ? this.askAgain() : this.stream(end ? end.number + (end.open ? 0 : 1) : 0);
    following.catch((error: unknown) => {
      this.isFollowing = false;
      if (!isAbort(error)) this.error.value = error;
    });
  }

  private async stream(offset: number): Promise<void> {
    const drawing = new AbortController();
    const draw = async (): Promise<void> => {
      for (;;) {
        await this.wire.wait(DRAWN_EVERY_MS, AbortSignal.any([this.stopped.signal, drawing.signal]));
        this.draw();
      }
    };
    draw().catch(() => undefined);
    const onEvent = (event: StreamEvent): void => {
      if (event.name === "entry") this.arrived.push(JSON.parse(event.data) as LogEntry);
    };
    await this.wire.follow(offset, onEvent, this.stopped.signal).finally(() => drawing.abort());
    this.draw();
    this.state.value = "complete";
  }

  /** With what came in while the page of the end was on its way. */
  private withRecent(end: LogBuffer): LogBuffer {
    const last = end.entries.at(-1)?.number ?? -1;
    return appended(end, this.recent.filter((entry) => entry.number >= last));
  }

  /** Take over what has arrived; while the end of the log is not held, only how far it goes. */
  private draw(): void {
    const arrived = this.arrived;
    const last = arrived.at(-1);
    if (!last) return;
    this.arrived = [];
    this.recent = [...this.recent, ...arrived].slice(-PAGE);
    batch(() => {
      if (!this.buffer.peek().hasLater) this.buffer.value = appended(this.buffer.peek(), arrived);
      this.last.value = Math.max(this.last.peek(), last.number);
      this.total.value = (this.last.peek() + 1).toLocaleString("en");
    });
  }

  private async askAgain(): Promise<void> {
    while (this.state.peek() !== "complete") {
      await this.wire.wait(FILTERED_EVERY_MS, this.stopped.signal);
      const page = await this.newest();
      const before = this.buffer.peek();
      const entries = page.entries.toReversed();
      const joins = before.entries.length === 0 || (entries[0]?.number ?? 0) <= (before.entries.at(-1)?.number ?? 0);
      const fresh = { entries, hasEarlier: page.next_cursor !== null, hasLater: false };
      if (!joins) this.earlier = page.next_cursor;
      this.take(joins ? appended(before, entries) : fresh, page);
      this.last.value = entries.at(-1)?.number ?? this.last.peek();
    }
  }

  private async turned(work: () => Promise<void>): Promise<void> {
    this.isTurning = true;
    await this.guarded(work);
    this.isTurning = false;
  }

  private async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isAbort(error)) this.error.value = error;
    }
  }
}
