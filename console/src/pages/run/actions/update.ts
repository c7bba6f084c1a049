import { useState } from "preact/hooks";
import type { RunResponse, RunUpdateRequest } from "../../../../generated/api.ts";
import { api, unwrap } from "../../../api/client.ts";
import { quotingEntries } from "../../../api/errors.ts";

/** What each dialog of a run gets. */
export interface DialogProps {
  readonly run: RunResponse;
  onChange(run: RunResponse): void;
  onClose(): void;
}

/** Sends changes to a run and closes the dialog when they are made. */
export function useUpdate({ run, onChange, onClose }: DialogProps): {
  readonly error: unknown;
  readonly isSending: boolean;
  send(changes: RunUpdateRequest): void;
} {
  const [error, setError] = useState<unknown>(null);
  const [isSending, setIsSending] = useState(false);
  const send = (body: RunUpdateRequest): void => {
    setIsSending(true);
    setError(null);
    unwrap(api.PATCH("/api/runs/{run_id}", { params: { path: { run_id: run.run_id } }, body }))
      .then((changed) => {
        onChange(changed);
        onClose();
      })
      .catch((refusal: unknown) => {
        setError(quotingEntries(refusal, body));
        setIsSending(false);
      });
  };
  return { error, isSending, send };
}
