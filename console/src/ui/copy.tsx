import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { say } from "../stores/toasts.ts";
import { GlyphIcon } from "./icons.tsx";

interface CopyProps {
  readonly text: string;
  /** What is copied, as in "Copy the run's id". */
  readonly what: string;
  /** Words on the button; without them it is an icon. */
  readonly words?: string;
}

const SHOWN_FOR_MS = 2_000;

export function CopyButton({ text, what, words }: CopyProps): JSX.Element {
  const [done, setDone] = useState(false);
  const copy = (): void => {
    // Without https there is no clipboard at all.
    const copying = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error("no clipboard"));
    copying.then(() => {
      setDone(true);
      setTimeout(() => setDone(false), SHOWN_FOR_MS);
    }).catch(() => say("The browser does not let the page copy", "Select the text and copy it with the keyboard.", "bad"));
  };
  const glyph = <GlyphIcon glyph={done ? "check" : "copy"} />;
  return (
    <button type="button" class={words ? "button" : "icon-button"} aria-label={words ? undefined : done ? "Copied" : `Copy ${what}`} onClick={copy}>
      {glyph} {words && (done ? "Copied" : words)}
    </button>
  );
}
