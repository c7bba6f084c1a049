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
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    return () => giveBackFocus(before);
  }, []);
  // Another step of the dialog removes the button that led to it, and with it the focus.
  useEffect(() => {
    if (document.activeElement === document.body) close.current?.focus();
  }, [title]);
  return (
    <dialog class="dialog" ref={element} aria-labelledby={heading} onClose={onClose}>
      <header class="dialog-head">
        <h2 id={heading}>{title}</h2>
        <button type="button" class="icon-button" aria-label="Close" ref={close} onClick={() => element.current?.close()}>
          <GlyphIcon glyph="close" />
        </button>
      </header>
      <SessionBanner />
      {children}
    </dialog>
  );
}

/** The browser gives the focus back when a dialog is closed, and not when it is taken out of the page. */
function giveBackFocus(before: Element | null): void {
  queueMicrotask(() => {
    const isLost = document.activeElement === document.body;
    if (isLost && before instanceof HTMLElement && before.isConnected) before.focus();
  });
}
