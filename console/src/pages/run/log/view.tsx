import type { JSX, RefObject } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { indexOfEntry } from "../../../rules/log/buffer.ts";
import { type Columns, rowAt, startsOf } from "../../../rules/log/rows.ts";
import { type Follow, afterScroll, newEntries } from "../../../rules/log/follow.ts";
import { GlyphIcon } from "../../../ui/icons.tsx";
import { WindowedRows } from "../../../ui/window.tsx";
import { LogLine } from "./line.tsx";
import type { LogStore } from "./store.ts";
import { useColumns } from "../../../ui/text/columns.ts";
import { wraps } from "../../../ui/text/wrapping.tsx";

export const ROW_HEIGHT = 24; // the least height of something to press (WCAG 2.5.8): the number of an entry is a link
const TURN_WITHIN_ROWS = 60;

interface Props {
  readonly store: LogStore;
  readonly search: string;
  /** The number of the entry to show. */
  readonly target: number | null;
}

/** The entries that are held, drawn as rows; it follows the end until somebody scrolls up. */
export function LogView({ store, search, target }: Props): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const probe = useRef<HTMLDivElement>(null);
  const measured = useColumns(probe);
  const columns = wraps.value === "on" ? measured : null;
  const { entries, hasLater } = store.buffer.value;
  const starts = useMemo(() => startsOf(entries, columns), [entries, columns]);
  const scrolling = useScrolling({ frame, store, target, starts, columns });
  const count = starts.at(-1) ?? 0;
  const fresh = newEntries(scrolling.follow, store.last.value);
  return (
    <div class="log">
      <div class="log-row log-probe" aria-hidden="true">
        <span class="log-number" />
        <span class="log-time" />
        <span class="log-level" />
        <div class="log-text" ref={probe} />
      </div>
      <div class="log-scroll" ref={frame} tabIndex={0} role="log" aria-live="off" aria-label="Log" onScroll={scrolling.look}>
        <WindowedRows
          frame={frame}
          count={count}
          rowHeight={ROW_HEIGHT}
          row={(index) => {
            const row = rowAt(entries, starts, index);
            return row && <LogLine key={`${row.entry.number}.${row.line}`} row={row} columns={columns} search={search} isTarget={row.entry.number === target} />;
          }}
        />
      </div>
      {(fresh > 0 || !scrolling.follow.isFollowing || hasLater) && (
        <button type="button" class="button log-end" onClick={scrolling.toEnd}>
          {fresh > 0 ? `${fresh.toLocaleString("en")} new` : "To the end"} <GlyphIcon glyph="down" />
        </button>
      )}
    </div>
  );
}

interface Scrolling {
  readonly follow: Follow;
  look(): void;
  toEnd(): void;
}

interface ScrollingProps {
  readonly frame: RefObject<HTMLDivElement | null>;
  readonly store: LogStore;
  readonly target: number | null;
  readonly starts: Int32Array;
  readonly columns: Columns;
}

/** The row at the top stays where it is whatever comes before it; at the end, the end stays in view. */
function useScrolling({ frame, store, target, starts, columns }: ScrollingProps): Scrolling {
  const [follow, setFollow] = useState<Follow>({ isFollowing: target === null, seen: store.last.peek() });
  const anchor = useRef<{ number: number; offset: number } | null>(null);
  const shownTarget = useRef<number | null>(null);
  const { entries, hasLater } = store.buffer.value;
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    if (target !== null && shownTarget.current !== target && indexOfEntry(entries, target) !== -1) {
      shownTarget.current = target;
      anchor.current = { number: target, offset: -element.clientHeight / 3 };
      setFollow({ isFollowing: false, seen: store.last.peek() });
    } else if (follow.isFollowing && !hasLater) anchor.current = null;
    const held = anchor.current;
    const index = held ? indexOfEntry(entries, held.number) : -1;
    if (held && index !== -1) element.scrollTop = (starts[index] ?? 0) * ROW_HEIGHT + held.offset;
    else if (follow.isFollowing) element.scrollTop = element.scrollHeight;
  }, [starts, columns, target]);
  const look = (): void => {
    const element = frame.current;
    if (!element) return;
    const top = rowAt(entries, starts, Math.floor(element.scrollTop / ROW_HEIGHT));
    if (top) {
      const start = starts[indexOfEntry(entries, top.entry.number)] ?? 0;
      anchor.current = { number: top.entry.number, offset: element.scrollTop - start * ROW_HEIGHT };
    }
    const below = element.scrollHeight - element.scrollTop - element.clientHeight;
    setFollow(afterScroll(follow, below < 2 * ROW_HEIGHT && !hasLater, store.last.peek()));
    if (element.scrollTop < TURN_WITHIN_ROWS * ROW_HEIGHT) void store.loadEarlier();
    if (below < TURN_WITHIN_ROWS * ROW_HEIGHT) void store.loadLater();
  };
  const toEnd = (): void => {
    anchor.current = null;
    setFollow({ isFollowing: true, seen: store.last.peek() });
    if (hasLater) void store.openEnd();
    else if (frame.current) frame.current.scrollTop = frame.current.scrollHeight;
  };
  return { follow, look, toEnd };
}
