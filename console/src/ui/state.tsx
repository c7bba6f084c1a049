import type { JSX } from "preact";
import type { RunResponse } from "../../generated/api.ts";
import { type Progress, countsOf, stateOf } from "../rules/run_state.ts";
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

interface ProgressProps {
  readonly progress: Progress;
  /** A run that is over has counts but no bar. */
  readonly isOver: boolean;
}

/** Finished and failed tasks of all that are known. */
export function ProgressBar({ progress, isOver }: ProgressProps): JSX.Element {
  return (
    <div class="progress">
      {!isOver && <Bar progress={progress} />}
      <span class="progress-words">
        {countsOf(progress, isOver)}
        {progress.failed > 0 && <span class="tone-bad">, {progress.failed.toLocaleString("en")} failed</span>}
      </span>
    </div>
  );
}

function Bar({ progress }: { readonly progress: Progress }): JSX.Element {
  const percent = progress.share === null ? null : Math.floor(progress.share * 100);
  const words = countsOf(progress, false);
  return (
    <div
      class={percent === null ? "progress-track progress-unknown" : "progress-track"}
      role="progressbar"
      aria-label="Progress"
      aria-valuetext={percent === null ? words : `${percent}%, ${words}`}
      {...(percent === null ? {} : { "aria-valuenow": percent, "aria-valuemin": 0, "aria-valuemax": 100 })}
    >
      <div class="progress-done" style={{ width: `${percent ?? 0}%` }} />
    </div>
  );
}
