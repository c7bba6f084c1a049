import type { JSX, RefObject, TargetedPointerEvent } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { changeQuery, navigate, place } from "../../../router/navigation.ts";
import type { Lane, Span } from "../../../rules/timeline.ts";
import { duration } from "../../../rules/times.ts";
import { theme } from "../../../stores/settings.ts";
import { type Placed, barAt, coloursOf, paint, placeLanes, toMs } from "./paint.ts";

const SHORTEST_DRAG = 6; // pixels; less is a click

interface Props {
  readonly lanes: readonly Lane[];
  readonly binMs: number;
  readonly shown: Span;
  onChoose(from: number, to: number): void;
}

interface Drag {
  readonly from: number;
  readonly to: number;
}

/** Dragging chooses a part of the time; a click on a bar opens its task. */
export function TimelineCanvas({ lanes, binMs, shown, onChoose }: Props): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(frame);
  const [drag, setDrag] = useState<Drag | null>(null);
  const [words, setWords] = useState("");
  const { placed, height } = useMemo(() => placeLanes(lanes), [lanes]);
  usePainting(canvas, { placed, height, shown, binMs, width });
  const at = (event: TargetedPointerEvent<HTMLCanvasElement>): { x: number; y: number } => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const move = (event: TargetedPointerEvent<HTMLCanvasElement>): void => {
    const { x, y } = at(event);
    if (drag) setDrag({ ...drag, to: x });
    const bar = drag ? null : barAt(placed, x, y, shown, width);
    setWords(bar ? `${bar.task.name}: waited ${duration(bar.start - bar.submit)}, ran ${duration(bar.end - bar.start)}` : "");
  };
  const end = (event: TargetedPointerEvent<HTMLCanvasElement>): void => {
    const { x, y } = at(event);
    if (drag && Math.abs(x - drag.from) >= SHORTEST_DRAG) onChoose(toMs(drag.from, shown, width), toMs(x, shown, width));
    else openTask(barAt(placed, x, y, shown, width)?.task.task_id);
    setDrag(null);
  };
  const begin = (event: TargetedPointerEvent<HTMLCanvasElement>): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag({ from: at(event).x, to: at(event).x });
  };
  return (
    <div class="timeline panel">
      <div class="timeline-frame" ref={frame}>
        <canvas
          ref={canvas}
          style={{ width: "100%", height: `${height}px` }}
          aria-hidden="true"
          onPointerDown={begin}
          onPointerMove={move}
          onPointerUp={end}
          onPointerCancel={() => setDrag(null)}
        />
        {drag && <div class="timeline-brush" style={{ left: `${Math.min(drag.from, drag.to)}px`, width: `${Math.abs(drag.to - drag.from)}px` }} />}
      </div>
      <p class="quiet small timeline-words">{words}</p>
    </div>
  );
}

interface Painting {
  readonly placed: readonly Placed[];
  readonly height: number;
  readonly shown: Span;
  readonly binMs: number;
  readonly width: number;
}

function usePainting(canvas: RefObject<HTMLCanvasElement | null>, painting: Painting): void {
  const { placed, height, shown, binMs, width } = painting;
  const isDark = useDark();
  useEffect(() => {
    const [element, context] = [canvas.current, canvas.current?.getContext("2d")];
    if (!element?.parentElement || !context || width === 0) return;
    const scale = devicePixelRatio || 1;
    element.width = width * scale;
    element.height = height * scale;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    paint(context, height, { placed, shown, binMs, width, colours: coloursOf(element.parentElement) });
  }, [placed, height, width, shown.from, shown.to, binMs, theme.value, isDark]);
}

function useWidth(frame: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const watcher = new ResizeObserver(() => setWidth(element.clientWidth));
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [frame]);
  return width;
}

function openTask(taskId: string | undefined): void {
  if (!taskId) return;
  navigate(place.peek().path.replace(/timeline$/, "tasks"));
  changeQuery({ task: taskId }, { replace: true });
}

/** Whether the system is dark, which "as the system" follows. */
function useDark(): boolean {
  const [isDark, setIsDark] = useState(() => matchMedia("(prefers-color-scheme: dark)").matches);
  useEffect(() => {
    const watched = matchMedia("(prefers-color-scheme: dark)");
    const look = (): void => setIsDark(watched.matches);
    watched.addEventListener("change", look);
    return () => watched.removeEventListener("change", look);
  }, []);
  return isDark;
}
