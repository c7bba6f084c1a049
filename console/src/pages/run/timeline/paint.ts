import { type Bar, type Lane, type Span, ticksIn } from "../../../rules/timeline.ts";
import { duration } from "../../../rules/times.ts";

export const AXIS_HEIGHT = 24;
const NAME_HEIGHT = 18;
const LANE_GAP = 10;
const LINE_HEIGHT = 7;
const HIGHEST_LANE = 120;
const COUNTS_HEIGHT = 40;
const TICK_WIDTH = 110;

export interface Colours {
  readonly text: string;
  readonly quiet: string;
  readonly line: string;
  readonly waits: string;
  readonly runs: string;
  readonly failed: string;
}

/** The colours of the theme that is shown. */
export function coloursOf(element: HTMLElement): Colours {
  const probe = document.createElement("span");
  element.append(probe);
  const of = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const colours = {
    text: of("text"), quiet: of("quiet"), line: of("line"), waits: of("line-strong"), runs: of("accent"), failed: of("bad"),
  };
  probe.remove();
  return colours;
}

export interface Placed {
  readonly lane: Lane;
  readonly top: number;
  readonly height: number;
}

/** Where each lane is, and how high all are together. */
export function placeLanes(lanes: readonly Lane[]): { readonly placed: readonly Placed[]; readonly height: number } {
  let top = AXIS_HEIGHT;
  const placed = lanes.map((lane) => {
    const height = lane.lines > 0 ? Math.min(HIGHEST_LANE, lane.lines * LINE_HEIGHT) : COUNTS_HEIGHT;
    const place = { lane, top: top + NAME_HEIGHT, height };
    top += NAME_HEIGHT + height + LANE_GAP;
    return place;
  });
  return { placed, height: top };
}

interface Scene {
  readonly placed: readonly Placed[];
  readonly shown: Span;
  readonly binMs: number;
  readonly width: number;
  readonly colours: Colours;
}

export function paint(context: CanvasRenderingContext2D, height: number, scene: Scene): void {
  context.clearRect(0, 0, scene.width, height);
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "top";
  paintAxis(context, height, scene);
  for (const place of scene.placed) {
    context.fillStyle = scene.colours.text;
    const name = place.lane.process.slice(place.lane.process.lastIndexOf(":") + 1);
    context.fillText(name, 0, place.top - NAME_HEIGHT + 2);
    if (place.lane.lines > 0) paintBars(context, place, scene);
    else paintCounts(context, place, scene);
  }
}

export function toX(ms: number, shown: Span, width: number): number {
  return ((ms - shown.from) / (shown.to - shown.from)) * width;
}

export function toMs(x: number, shown: Span, width: number): number {
  return shown.from + (x / width) * (shown.to - shown.from);
}

function paintAxis(context: CanvasRenderingContext2D, height: number, { shown, width, colours }: Scene): void {
  for (const tick of ticksIn(shown, width / TICK_WIDTH)) {
    const x = Math.round(toX(tick, shown, width)) + 0.5;
    context.strokeStyle = colours.line;
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, height);
    context.stroke();
    context.fillStyle = colours.quiet;
    context.fillText(tick === 0 ? "start" : duration(tick), x + 4, 4);
  }
}

function paintBars(context: CanvasRenderingContext2D, { lane, top, height }: Placed, { shown, width, colours }: Scene): void {
  const step = height / lane.lines;
  const thick = Math.max(1, step - 1);
  for (const bar of lane.bars) {
    if (bar.end < shown.from || bar.submit > shown.to) continue;
    const y = top + bar.line * step;
    const [waits, runs, ends] = [toX(bar.submit, shown, width), toX(bar.start, shown, width), toX(bar.end, shown, width)];
    context.fillStyle = colours.waits;
    context.fillRect(waits, y, Math.max(0, runs - waits), thick);
    context.fillStyle = bar.task.status === "FAILED" ? colours.failed : colours.runs;
    context.fillRect(runs, y, Math.max(1, ends - runs), thick);
  }
}

/** How many waited and ran, one above the other. */
function paintCounts(context: CanvasRenderingContext2D, { lane, top, height }: Placed, { shown, width, binMs, colours }: Scene): void {
  const { bins, queued, running } = lane.counts;
  const scale = height / Math.max(1, lane.most);
  for (const [index, bin] of bins.entries()) {
    const from = toX(bin * binMs, shown, width);
    const to = toX((bins[index + 1] ?? bin + 1) * binMs, shown, width);
    if (to < 0 || from > width) continue;
    const ran = (running[index] ?? 0) * scale;
    const waited = (queued[index] ?? 0) * scale;
    const wide = Math.max(1, to - from);
    context.fillStyle = colours.runs;
    context.fillRect(from, top + height - ran, wide, ran);
    context.fillStyle = colours.waits;
    context.fillRect(from, top + height - ran - waited, wide, waited);
  }
}

/** The bar at a place of the canvas. */
export function barAt(placed: readonly Placed[], x: number, y: number, shown: Span, width: number): Bar | null {
  const place = placed.find((one) => y >= one.top && y < one.top + one.height);
  if (!place || place.lane.lines === 0) return null;
  const line = Math.floor(((y - place.top) / place.height) * place.lane.lines);
  const at = toMs(x, shown, width);
  const slack = ((shown.to - shown.from) / width) * 3;
  return place.lane.bars.find((bar) => bar.line === line && at >= bar.submit - slack && at <= bar.end + slack) ?? null;
}
