import { letterKeyOf } from "../rules/letter_keys.ts";
import { letterKeys } from "../stores/settings.ts";
import { navigate } from "./navigation.ts";

const TYPED_IN = "input, textarea, select, [contenteditable], [role=grid], dialog";

/** Follow the letter keys of rules/letter_keys.ts. */
export function startLetterKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (letterKeys.peek() === "off" || event.defaultPrevented) return;
    const isTyping = event.target instanceof Element && event.target.closest(TYPED_IN) !== null;
    const pressed = letterKeyOf(event, isTyping);
    if (pressed === null) return;
    event.preventDefault();
    if (pressed === "n") navigate("/runs/new");
    else document.querySelector<HTMLInputElement>("main input[type=search]")?.focus();
  });
}
