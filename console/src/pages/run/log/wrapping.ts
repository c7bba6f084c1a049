import { remembered } from "../../../stores/settings.ts";

/** Whether long lines of a log are wrapped; else they scroll sideways. */
export const wraps = remembered<"on" | "off">("wrap-log", ["on", "off"], "on");
