import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { RecoveryPlan, RunInputsResponse, RunRecoverRequest, RunResponse } from "../../../../generated/api.ts";
import { api, newKey, unwrap } from "../../../api/client.ts";
import { navigate } from "../../../router/navigation.ts";
import { runPath } from "../../../router/address.ts";
import { changedParams } from "../../../rules/overrides.ts";
import { say } from "../../../stores/toasts.ts";
import { Dialog } from "../../../ui/dialog.tsx";
import { ErrorNotice } from "../../../ui/notices.tsx";
import type { DialogProps } from "./update.ts";
import { Advice, Changes, type Edits, NO_EDITS } from "./recover_changes.tsx";
import { Plan } from "./recover_plan.tsx";

const SETTLED_AFTER_MS = 600;

/** Shows what a recovery reuses and what it does again, and makes it. */
export function RecoverDialog({ run, onClose }: DialogProps): JSX.Element {
  const [edits, setEdits] = useState<Edits>(NO_EDITS);
  const inputs = useInputs(run.run_id);
  const body = requestFor(edits, inputs);
  const { plan, error: planError, isOld } = usePlan(run.run_id, body);
  const { error, isSending, send } = useRecovery(run, body);
  return (
    <Dialog title="Recover the run" onClose={onClose}>
      <div class="stack">
        <p>A new run takes over the inputs of this one, and what has finished. Only the rest is done and paid for again.</p>
        {run.recovery_run_id && (
          <div class="notice">
            <p>
              <a href={runPath(run.recovery_run_id)}>{run.recovery_run_id}</a> recovers this run already. Another recovery also
              reuses what that run has finished.
            </p>
          </div>
        )}
        {run.diagnosis?.advice && <Advice advice={run.diagnosis.advice} edits={edits} inputs={inputs} onEdit={setEdits} />}
        {plan && <Plan plan={plan} isOld={isOld} />}
        {!plan && planError === null && <p role="status">Looking what can be reused …</p>}
        {planError !== null && <ErrorNotice error={planError} />}
        <Changes edits={edits} inputs={inputs} onEdit={setEdits} />
        {error !== null && error !== planError && <ErrorNotice error={error} />}
      </div>
      <footer class="dialog-foot">
        <button type="button" class="button" onClick={onClose}>
          Not now
        </button>
        <button type="button" class="button button-primary" disabled={isSending || planError !== null} onClick={send}>
          {isSending ? "Starting …" : "Recover"}
        </button>
      </footer>
    </Dialog>
  );
}

function requestFor(edits: Edits, inputs: RunInputsResponse | null): RunRecoverRequest {
  const params = changedParams(inputs?.params ?? {}, edits.params);
  const isOther = edits.config !== null && edits.config !== (inputs?.config_content ?? "");
  return {
    reuse_work_dir: edits.reuses,
    ...(edits.notes.trim() && { notes: edits.notes.trim() }),
    ...(Object.keys(params).length > 0 && { override_params: params }),
    ...(isOther && { override_config: edits.config }),
  };
}

function useInputs(runId: string): RunInputsResponse | null {
  const [inputs, setInputs] = useState<RunInputsResponse | null>(null);
  useEffect(() => {
    // Without them the run can still be recovered as it is.
    unwrap(api.GET("/api/runs/{run_id}/inputs", { params: { path: { run_id: runId } } })).then(setInputs, () => undefined);
  }, [runId]);
  return inputs;
}

interface Planned {
  readonly plan: RecoveryPlan | null;
  readonly error: unknown;
  /** Whether changes are not in the plan yet. */
  readonly isOld: boolean;
}

/** The plan for a request, asked for again when somebody has stopped typing. */
function usePlan(runId: string, body: RunRecoverRequest): Planned {
  const [planned, setPlanned] = useState<Planned>({ plan: null, error: null, isOld: true });
  const { notes: _, ...rest } = body;
  const asked = JSON.stringify(rest);
  const isFirst = useRef(true);
  useEffect(() => {
    const stopped = new AbortController();
    const ask = (): void => {
      unwrap(
        api.POST("/api/runs/{run_id}/recover", {
          params: { path: { run_id: runId }, query: { plan: true } },
          body: JSON.parse(asked) as RunRecoverRequest,
          signal: stopped.signal,
        }),
      )
        .then((plan) => setPlanned({ plan: plan as RecoveryPlan, error: null, isOld: false }))
        .catch((error: unknown) => !stopped.signal.aborted && setPlanned((before) => ({ ...before, error, isOld: false })));
    };
    setPlanned((before) => ({ ...before, isOld: true }));
    const timer = setTimeout(ask, isFirst.current ? 0 : SETTLED_AFTER_MS);
    isFirst.current = false;
    return () => {
      clearTimeout(timer);
      stopped.abort();
    };
  }, [runId, asked]);
  return planned;
}

/** A key belongs to what was sent with it: pressing twice starts one run, and a changed request is another one. */
function useRecovery(run: RunResponse, body: RunRecoverRequest): { error: unknown; isSending: boolean; send(): void } {
  const [error, setError] = useState<unknown>(null);
  const [isSending, setIsSending] = useState(false);
  const key = useRef({ of: JSON.stringify(body), value: newKey() });
  const send = (): void => {
    const text = JSON.stringify(body);
    if (key.current.of !== text) key.current = { of: text, value: newKey() };
    setIsSending(true);
    setError(null);
    const header = { "Idempotency-Key": key.current.value };
    unwrap(api.POST("/api/runs/{run_id}/recover", { params: { path: { run_id: run.run_id }, header }, body }))
      .then((made) => {
        const id = "run_id" in made ? made.run_id : run.run_id;
        navigate(runPath(id));
        say("The recovery has started", `It is ${id}.`);
      })
      .catch((refusal: unknown) => {
        setError(refusal);
        setIsSending(false);
      });
  };
  return { error, isSending, send };
}
