import type { ComponentChildren, JSX, RefObject } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { type RowWindow, type View, windowOf } from "../rules/window.ts";

interface RowsProps {
  readonly frame: RefObject<HTMLElement | null>;
  readonly count: number;
  readonly rowHeight: number;
  /** Called when other rows come into view. */
  onView?(rows: RowWindow, view: View): void;
  row(index: number): ComponentChildren;
}

/** The rows of a long list that are in view of `frame`, which scrolls; all rows are equally high. */
export function WindowedRows({ frame, count, rowHeight, onView, row }: RowsProps): JSX.Element {
  const view = useView(frame, rowHeight);
  const rows = windowOf(view, count);
  useLayoutEffect(() => onView?.(rows, view));
  const indices = Array.from({ length: rows.end - rows.first }, (_, index) => rows.first + index);
  return (
    <div class="windowed" style={{ height: `${count * rowHeight}px` }} role="presentation">
      <div class="windowed-rows" style={{ transform: `translateY(${rows.first * rowHeight}px)` }} role="presentation">
        {indices.map(row)}
      </div>
    </div>
  );
}

/** How an element is scrolled and how high it is; drawn once a frame at most. */
export function useView(frame: RefObject<HTMLElement | null>, rowHeight: number): View {
  const [view, setView] = useState<View>({ scrollTop: 0, height: 600, rowHeight });
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    let asked = 0;
    const look = (): void => {
      asked ||= requestAnimationFrame(() => {
        asked = 0;
        setView({ scrollTop: element.scrollTop, height: element.clientHeight, rowHeight });
      });
    };
    const watcher = new ResizeObserver(look);
    watcher.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    look();
    return () => {
      cancelAnimationFrame(asked);
      watcher.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [frame, rowHeight]);
  return view;
}
