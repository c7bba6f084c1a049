import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { linesOf } from "../../rules/lines.ts";
import { WindowedRows } from "../window.tsx";
import { useColumns } from "./columns.ts";
import { WrapSwitch, wraps } from "./wrapping.tsx";

const LINE_HEIGHT = 19;

interface TextViewProps {
  readonly text: string;
  readonly label: string;
  /** Begin at the end, as for what a program printed. */
  readonly atEnd?: boolean;
}

/** A long text, of which the lines in view are drawn. It stays at its end as it grows, unless somebody scrolled up. */
export function TextView({ text, label, atEnd = true }: TextViewProps): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(atEnd);
  const probe = useRef<HTMLDivElement>(null);
  const measured = useColumns(probe);
  const columns = wraps.value === "on" ? measured : null;
  const isWide = useMemo(() => linesOf(text).some((line) => line.length > measured), [text, measured]);
  const lines = useMemo(() => linesOf(text, columns), [text, columns]);
  useLayoutEffect(() => {
    const element = frame.current;
    if (element && isAtEnd.current) element.scrollTop = element.scrollHeight;
  }, [lines]);
  const look = (): void => {
    const element = frame.current;
    if (element) isAtEnd.current = atEnd && element.scrollTop + element.clientHeight >= element.scrollHeight - LINE_HEIGHT;
  };
  return (
    <>
      <div class="text-view" ref={frame} tabIndex={0} role="region" aria-label={label} onScroll={look}>
        <div class="text-probe" ref={probe} aria-hidden="true" />
        <WindowedRows
          frame={frame}
          count={lines.length}
          rowHeight={LINE_HEIGHT}
          row={(index) => (
            <div class="text-line" key={index}>
              {lines[index]}
            </div>
          )}
        />
      </div>
      {isWide && <WrapSwitch />}
    </>
  );
}
