import type { JSX } from "preact";
import type { RunResponse } from "../../generated/api.ts";
import { type Progress, stateOf } from "../rules/run_state.ts";
import { StateIcon } from "./icons.tsx";

type Facts = Pick<RunResponse, "status" | "failing" | "cancel_requested_at">;

export function StateBadge({ run }: { readonly run: Facts }): JSX.Element {
  const { word, shape, tone } = stateOf(run);
  return (
    <span class={`state tone-${tone}`}>
      <StateIcon shape={shape} />
      {word}
    </span>
  );
}

/** Finished and failed tasks of all that are known. */
export function ProgressBar({ progress }: { readonly progress: Progress }): JSX.Element {
  const { total, finished, failed, share } = progress;
  const percent = share === null ? null : Math.floor(share * 100);
  const words = `${finished.toLocaleString("en")} of ${total.toLocaleString("en")} tasks`;
  return (
    <div class="progress">
      <div
        class={percent === null ? "progress-track progress-unknown" : "progress-track"}
        role="progressbar"
        aria-label="Progress"
        aria-valuetext={percent === null ? words : `${percent}%, ${words}`}
        {...(percent === null ? {} : { "aria-valuenow": percent, "aria-valuemin": 0, "aria-valuemax": 100 })}
      >
        <div class="progress-done" style={{ width: `${percent ?? 0}%` }} />
      </div>
      <span class="progress-words">
        {words}
        {failed > 0 && <span class="tone-bad">, {failed.toLocaleString("en")} failed</span>}
      </span>
    </div>
  );
}
