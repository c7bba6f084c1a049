import type { TaskSpan, TimelineLane, TimelineResponse } from "../../generated/api.ts";

/** A span of time in milliseconds since the start of the timeline. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Bar {
  readonly task: TaskSpan;
  /** Waited from `submit` to `start`, ran to `end`. */
  readonly submit: number;
  readonly start: number;
  readonly end: number;
  /** Which line of its lane it is drawn on. */
  readonly line: number;
}

export interface Lane {
  readonly process: string;
  readonly bars: readonly Bar[];
  readonly lines: number;
  readonly counts: TimelineLane;
  readonly most: number;
}

const SHORTEST_SPAN_MS = 1_000;

/** All of the timeline. */
export function wholeSpan({ start, end }: TimelineResponse): Span {
  const length = start && end ? Date.parse(end) - Date.parse(start) : 0;
  return { from: 0, to: Math.max(SHORTEST_SPAN_MS, length) };
}

/** A part of `whole`, never shorter than a second. */
export function within(whole: Span, from: number, to: number): Span {
  const [low, high] = from <= to ? [from, to] : [to, from];
  const first = Math.max(whole.from, Math.min(low, whole.to - SHORTEST_SPAN_MS));
  return { from: first, to: Math.min(whole.to, Math.max(high, first + SHORTEST_SPAN_MS)) };
}

/** Half or double of a span, about its middle. */
export function zoomed(whole: Span, shown: Span, factor: number): Span {
  const middle = (shown.from + shown.to) / 2;
  const half = ((shown.to - shown.from) / 2) * factor;
  return within(whole, middle - half, middle + half);
}

export function moved(whole: Span, shown: Span, share: number): Span {
  const length = shown.to - shown.from;
  const from = Math.max(whole.from, Math.min(whole.to - length, shown.from + length * share));
  return { from, to: from + length };
}

/** The lanes with the bars of their tasks, if these are listed. */
export function lanesOf(timeline: TimelineResponse): readonly Lane[] {
  const origin = timeline.start ? Date.parse(timeline.start) : 0;
  const end = timeline.end ? Date.parse(timeline.end) - origin : 0;
  const byProcess = new Map<string, TaskSpan[]>(timeline.lanes.map(({ process }) => [process, []]));
  for (const task of timeline.tasks) byProcess.get(task.process)?.push(task);
  return timeline.lanes.map((counts) => {
    const bars = packed((byProcess.get(counts.process) ?? []).flatMap((task) => barOf(task, origin, end)));
    const lines = bars.reduce((most, bar) => Math.max(most, bar.line + 1), 0);
    const most = counts.queued.reduce((high, queued, index) => Math.max(high, queued + (counts.running[index] ?? 0)), 0);
    return { process: counts.process, bars, lines, counts, most };
  });
}

type Loose = Omit<Bar, "line">;

function barOf(task: TaskSpan, origin: number, now: number): Loose[] {
  const at = (moment: string | null): number | null => (moment ? Date.parse(moment) - origin : null);
  const start = at(task.start_time);
  const submit = at(task.submit_time) ?? start;
  if (submit === null) return [];
  const end = at(task.end_time) ?? now;
  return [{ task, submit, start: Math.max(submit, start ?? end), end: Math.max(submit, end) }];
}

/** Each bar on the first line that is free; bars on a line do not overlap. */
function packed(bars: readonly Loose[]): readonly Bar[] {
  const freeFrom: number[] = [];
  return bars
    .toSorted((a, b) => a.submit - b.submit)
    .map((bar) => {
      const free = freeFrom.findIndex((moment) => moment <= bar.submit);
      const line = free === -1 ? freeFrom.length : free;
      freeFrom[line] = bar.end;
      return { ...bar, line };
    });
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400];

/** Where an axis has marks: at round times, at most `most` of them. */
export function ticksIn(shown: Span, most: number): readonly number[] {
  const wanted = (shown.to - shown.from) / Math.max(1, most) / 1_000;
  const stepMs = (STEPS_S.find((step) => step >= wanted) ?? Math.ceil(wanted / 86_400) * 86_400) * 1_000;
  const ticks: number[] = [];
  for (let at = Math.ceil(shown.from / stepMs) * stepMs; at <= shown.to; at += stepMs) ticks.push(at);
  return ticks;
}
