/** What single letters do, away from fields and grids, unless they are switched off. */
export const LETTER_KEYS = { "/": "Search this page", n: "New run" } as const;
export type LetterKey = keyof typeof LETTER_KEYS;

interface Press {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** The letter key that a press is; null while somebody types, or holds a key that makes it the browser's. */
export function letterKeyOf({ key, ctrlKey, metaKey, altKey }: Press, isTyping: boolean): LetterKey | null {
  if (isTyping || ctrlKey || metaKey || altKey) return null;
  return key in LETTER_KEYS ? (key as LetterKey) : null;
}
