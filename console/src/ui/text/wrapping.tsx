import type { JSX } from "preact";
import { remembered } from "../../stores/settings.ts";

/** Whether long lines of logs and other texts are wrapped; else they scroll sideways. */
export const wraps = remembered<"on" | "off">("wrap-log", ["on", "off"], "on");

/** One choice for all texts. */
export function WrapSwitch(): JSX.Element {
  return (
    <label class="check">
      <input type="checkbox" checked={wraps.value === "on"} onChange={(event) => (wraps.value = event.currentTarget.checked ? "on" : "off")} />
      Wrap lines
    </label>
  );
}
