import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { GlyphIcon } from "./icons.tsx";
import { SessionBanner } from "./notices.tsx";

interface DialogProps {
  readonly title: string;
  readonly children: ComponentChildren;
  onClose(): void;
}

/**
 * A modal dialog, open as long as it is rendered. The browser keeps the focus inside and gives it back. Nothing outside
 * can be pressed meanwhile, so the banner about the session is inside, and hidden outside.
 */
export function Dialog({ title, children, onClose }: DialogProps): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => element.current?.showModal(), []);
  return (
    <dialog class="dialog" ref={element} aria-labelledby={heading} onClose={onClose}>
      <header class="dialog-head">
        <h2 id={heading}>{title}</h2>
        <button type="button" class="icon-button" aria-label="Close" onClick={() => element.current?.close()}>
          <GlyphIcon glyph="close" />
        </button>
      </header>
      <SessionBanner />
      {children}
    </dialog>
  );
}
