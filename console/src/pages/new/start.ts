import { useEffect, useState } from "preact/hooks";
import type { RunInputsResponse } from "../../../generated/api.ts";
import { api, unwrap } from "../../api/client.ts";
import type { Draft } from "../../rules/launch/draft.ts";
import { valuesFrom } from "../../rules/launch/params.ts";
import { originIn, prefillIn } from "../../rules/launch/prefill.ts";
import type { Inputs } from "../../rules/launch/request.ts";
import { readRows, separatorIn } from "../../rules/sheet/text.ts";
import { withTable } from "../../rules/sheet/pasting.ts";
import { changeQuery, query } from "../../router/navigation.ts";
import type { DraftKeeper } from "./draft.ts";
import type { Launch } from "./launch.ts";

export interface Start {
  readonly isReady: boolean;
  readonly error: unknown;
  /** The draft that the form shows. */
  readonly restored: Draft | null;
  /** A draft of another form, which the next change would replace. */
  readonly other: Draft | null;
  /** The run whose inputs the form shows. */
  readonly from: string | null;
  again(): void;
}

type Found = Omit<Start, "again">;

const LOADING: Found = { isReady: false, error: null, restored: null, other: null, from: null };

/** Fill the form in once: with the draft of this form, else with what the address asks for. */
export function useStart(launch: Launch, keeper: DraftKeeper): Start {
  const [found, setFound] = useState<Found>(LOADING);
  const [attempt, setAttempt] = useState(0);
  const origin = originIn(query.value);
  useEffect(() => {
    const stopped = new AbortController();
    setFound(LOADING);
    begin(launch, keeper, stopped.signal).then(
      (start) => stopped.signal.aborted || setFound(start),
      (error: unknown) => stopped.signal.aborted || setFound({ ...LOADING, error }),
    );
    return () => stopped.abort();
  }, [launch, keeper, origin, attempt]);
  return { ...found, again: () => setAttempt(attempt + 1) };
}

async function begin(launch: Launch, keeper: DraftKeeper, signal: AbortSignal): Promise<Found> {
  const draft = keeper.read();
  const origin = originIn(query.peek());
  if (draft && (origin === "" || draft.origin === origin) && fits(draft)) {
    openDraft(launch, draft, query.peek().get("version") ?? draft.release);
    return { ...LOADING, isReady: true, restored: draft };
  }
  const { from, values } = prefillIn(query.peek());
  const inputs = from ? await inputsOf(from, signal) : null;
  if (inputs) openInputs(launch, inputs);
  else if (!launch.isUntouched()) launch.clear();
  launch.values.value = { ...launch.values.peek(), ...values };
  return { ...LOADING, isReady: true, other: draft, from };
}

/** Whether a draft is for the pipeline that the address names, if it names one. */
function fits(draft: Draft): boolean {
  const wanted = query.peek().get("pipeline");
  return wanted === null || wanted === draft.pipeline;
}

export function openDraft(launch: Launch, draft: Draft, version = draft.release): void {
  launch.open(draft.inputs);
  changeQuery({ pipeline: draft.pipeline, version }, { replace: true });
}

function inputsOf(runId: string, signal: AbortSignal): Promise<RunInputsResponse> {
  return unwrap(api.GET("/api/runs/{run_id}/inputs", { params: { path: { run_id: runId } }, signal }));
}

function openInputs(launch: Launch, sent: RunInputsResponse): void {
  const [header = [], ...rows] = readRows(sent.samplesheet_csv, separatorIn(sent.samplesheet_csv, 1));
  const inputs: Inputs = {
    values: valuesFrom(sent.params),
    sheet: withTable({ columns: [], rows: [] }, header, rows).sheet,
    config: sent.config_content ?? "",
    ngsRuns: sent.source_ngs_runs ?? [],
    project: sent.source_project ?? "",
    name: "",
  };
  launch.open(inputs);
  const wanted = query.peek();
  changeQuery(
    { pipeline: wanted.get("pipeline") ?? sent.pipeline, version: wanted.get("version") ?? sent.pipeline_version },
    { replace: true },
  );
}
