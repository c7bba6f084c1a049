import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { GlyphIcon } from "./icons.tsx";

const SETTLED_AFTER_MS = 300;

interface SearchFieldProps {
  readonly words: string;
  readonly value: string;
  /** Called a moment after the last key. */
  onSearch(text: string): void;
}

export function SearchField({ words, value, onSearch }: SearchFieldProps): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  const timer = useRef(0);
  useEffect(() => {
    const shown = field.current;
    if (shown && document.activeElement !== shown) shown.value = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const apply = (): void => {
    clearTimeout(timer.current);
    const text = field.current?.value.trim() ?? "";
    if (text !== value) onSearch(text);
  };
  const applySoon = (): void => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(apply, SETTLED_AFTER_MS);
  };
  return (
    <label class="search">
      <GlyphIcon glyph="search" />
      <span class="visually-hidden">{words}</span>
      <input ref={field} type="search" placeholder={words} maxLength={200} defaultValue={value} onInput={applySoon} onChange={apply} />
    </label>
  );
}
