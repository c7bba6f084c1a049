import type { RunResponse } from "../../../generated/api.ts";
import { me } from "../../stores/me.ts";

/** Whether the reader may change this run; whom it is shared with may only read it. The service checks for itself. */
export function mayChange(run: RunResponse): boolean {
  const reader = me.value;
  return reader !== null && (reader.is_admin || reader.email === run.user_email);
}
