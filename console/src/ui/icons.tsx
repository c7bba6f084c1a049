import type { ComponentChildren, JSX } from "preact";
import type { Shape } from "../rules/run_state.ts";

interface IconProps {
  readonly children: ComponentChildren;
  readonly spinning?: boolean;
}

/** Decoration: what it means is written beside it. */
function Icon({ children, spinning = false }: IconProps): JSX.Element {
  return (
    <svg class={spinning ? "icon icon-turning" : "icon"} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

const line = { fill: "none", stroke: "currentColor", "stroke-width": 1.6, "stroke-linecap": "round" } as const;
const bent = { ...line, "stroke-linejoin": "round" } as const;

/** One shape for each state, so that no state is shown by its colour alone. */
const SHAPES: Readonly<Record<Shape, JSX.Element>> = {
  waiting: <circle cx="8" cy="8" r="6" {...line} stroke-dasharray="2.6 2.2" />,
  queued: (
    <>
      <circle cx="8" cy="8" r="6" {...line} />
      <path d="M8 4.8V8l2.2 1.5" {...bent} />
    </>
  ),
  running: (
    <>
      <circle cx="8" cy="8" r="6" {...line} opacity="0.28" />
      <path d="M8 2a6 6 0 0 1 6 6" {...line} />
    </>
  ),
  done: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path d="M5 8.2l2.1 2.1L11.2 6" {...bent} stroke="var(--surface)" />
    </>
  ),
  failed: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path d="M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8" {...line} stroke="var(--surface)" />
    </>
  ),
  stopped: (
    <>
      <circle cx="8" cy="8" r="6" {...line} />
      <path d="M4 12L12 4" {...line} />
    </>
  ),
  failing: (
    <>
      <path d="M8 2.2l6.2 11.2H1.8z" {...bent} />
      <path d="M8 6.4v3.2M8 11.6v.1" {...line} />
    </>
  ),
  stopping: (
    <>
      <circle cx="8" cy="8" r="6" {...line} />
      <rect x="5.8" y="5.8" width="4.4" height="4.4" fill="currentColor" />
    </>
  ),
};

export function StateIcon({ shape }: { readonly shape: Shape }): JSX.Element {
  return <Icon spinning={shape === "running"}>{SHAPES[shape]}</Icon>;
}

const PATHS = {
  search: "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.4 10.4L14 14",
  star: "M8 2l1.8 3.8 4.2.5-3.1 2.9.8 4.1L8 11.3l-3.7 2 .8-4.1L2 6.3l4.2-.5z",
  close: "M4 4l8 8M12 4l-8 8",
  plus: "M8 3v10M3 8h10",
  left: "M10 3.5L5.5 8l4.5 4.5",
  right: "M6 3.5L10.5 8 6 12.5",
  down: "M3.5 6L8 10.5 12.5 6",
  people: "M5.8 7.4a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8zM1.5 13.2c0-2.4 1.9-3.8 4.3-3.8s4.3 1.4 4.3 3.8M11 7.2a2 2 0 1 0-.6-3.9M11.8 9.6c1.6.3 2.7 1.5 2.7 3.3",
  copy: "M6 5.5h7.5V13H6zM3 10.5V3h7.5",
  check: "M3 8.5l3.2 3.2L13 5",
  download: "M8 2.5v8M4.5 7.5L8 11l3.5-3.5M3 13.5h10",
  warning: "M8 2.2l6.2 11.2H1.8zM8 6.4v3.2M8 11.6v.1",
} as const;

export type Glyph = keyof typeof PATHS;

export function GlyphIcon({ glyph, filled = false }: { readonly glyph: Glyph; readonly filled?: boolean }): JSX.Element {
  return (
    <Icon>
      <path d={PATHS[glyph]} {...bent} {...(filled ? { fill: "currentColor" } : {})} />
    </Icon>
  );
}

/** The mark of Sluice: a gate in a stream. */
export function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d="M2 8.5c2.4 0 2.4 2 4.8 2M2 14c2.4 0 2.4 2 4.8 2M17.2 10.5c2.4 0 2.4-2 4.8-2M17.2 16c2.4 0 2.4-2 4.8-2" />
      <path class="mark-gate" d="M8 3v18M16 3v18M8 6.5h8M8 12.5h8" />
    </svg>
  );
}
