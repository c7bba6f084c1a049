import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, unwrap } from "../../../api/client.ts";
import { stateOf } from "../../../rules/run_state.ts";
import { Dialog } from "../../../ui/dialog.tsx";
import { ErrorNotice } from "../../../ui/notices.tsx";
import { StateBadge } from "../../../ui/state.tsx";
import type { DialogProps } from "./update.ts";

/** Cancels a run, and shows how it is stopped until Cloud Batch has no job of it left. */
export function CancelDialog({ run, onChange, onClose }: DialogProps): JSX.Element {
  const [error, setError] = useState<unknown>(null);
  const [isSending, setIsSending] = useState(false);
  const cancel = (): void => {
    setIsSending(true);
    setError(null);
    // Asking twice does what asking once does, so a DELETE needs no key.
    unwrap(api.DELETE("/api/runs/{run_id}", { params: { path: { run_id: run.run_id } } }))
      .then(onChange)
      .catch(setError)
      .finally(() => setIsSending(false));
  };
  const { isFinal } = stateOf(run);
  const isAsked = run.cancel_requested_at !== null || isFinal;
  return (
    <Dialog title={isAsked ? "Stopping the run" : "Cancel the run?"} onClose={onClose}>
      <div class="stack-tight">
        {isAsked ? (
          <div role="status" class="stack-tight">
            <p>
              <StateBadge run={run} />
            </p>
            <p>{run.status === "cancelled" ? "Cloud Batch has no job of this run left. It can be recovered." : wordsFor(run.status_detail, isFinal)}</p>
          </div>
        ) : (
          <>
            <p>All its jobs are stopped, and nothing more is paid for. What has finished is kept: the run can be recovered later.</p>
            <p class="quiet">{runningWords(run.metrics?.tasks ?? {})}</p>
          </>
        )}
        {error !== null && <ErrorNotice error={error} />}
      </div>
      <footer class="dialog-foot">
        <button type="button" class="button" onClick={onClose}>
          {isAsked ? "Close" : "Keep it running"}
        </button>
        {!isAsked && (
          <button type="button" class="button button-danger" disabled={isSending} onClick={cancel}>
            {isSending ? "Asking …" : "Cancel the run"}
          </button>
        )}
      </footer>
    </Dialog>
  );
}

function wordsFor(detail: string | null, isFinal: boolean): string {
  if (isFinal) return "The run had ended before it could be stopped.";
  return detail ? `${detail[0]?.toUpperCase()}${detail.slice(1)}.` : "Sluice is stopping its jobs. You can close this; it goes on.";
}

function runningWords(tasks: Readonly<Record<string, number>>): string {
  const [running, queued] = [tasks["RUNNING"] ?? 0, tasks["SUBMITTED"] ?? 0];
  return `${running.toLocaleString("en")} tasks are running and ${queued.toLocaleString("en")} are queued.`;
}
