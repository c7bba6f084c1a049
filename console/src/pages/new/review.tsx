import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { PipelineSchema, RunResponse } from "../../../generated/api.ts";
import { ApiError, type Fault, explain } from "../../api/errors.ts";
import type { Inputs } from "../../rules/launch/request.ts";
import { requestFor } from "../../rules/launch/request.ts";
import { changesIn, counted, samplesLine } from "../../rules/launch/summary.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { ErrorNotice } from "../../ui/notices.tsx";
import { GlyphIcon } from "../../ui/icons.tsx";
import { submissionOf } from "./submit.ts";

interface Props {
  readonly schema: PipelineSchema;
  /** As they were when the dialog opened; they do not change under it. */
  readonly inputs: Inputs;
  readonly warnings: readonly Fault[];
  onStarted(run: RunResponse): void;
  onFaults(faults: readonly Fault[]): void;
  onClose(): void;
}

/** The last look before a run starts. Its key is made as it opens, so pressing twice starts one run. */
export function Review({ schema, inputs, warnings, onStarted, onFaults, onClose }: Props): JSX.Element {
  const held = useRef<ReturnType<typeof submissionOf> | null>(null);
  const submit = (held.current ??= submissionOf(requestFor(schema, inputs)));
  const state = submit.state.value;
  const mayTry = state.name !== "refused" || explain(state.error).canRetry;
  const start = async (): Promise<void> => {
    const run = await submit.send();
    const after = submit.state.peek();
    if (run) onStarted(run);
    else if (after.name === "refused" && after.error instanceof ApiError && after.error.faults.length > 0) {
      onFaults(after.error.faults);
    }
  };
  return (
    <Dialog title="Start this run?" onClose={onClose}>
      <div class="review">
        <Summary schema={schema} inputs={inputs} />
        <Warnings warnings={warnings} />
        {state.name === "refused" && <Refusal error={state.error} />}
        {state.name === "refused" && mayTry && <p>You can try again safely: however often you press, only one run starts.</p>}
        <p role="status" class="quiet">
          {state.name === "sending" && (state.again ? againWords(state.again) : "Checking that the files exist, and starting …")}
        </p>
      </div>
      <footer class="dialog-foot">
        <button type="button" class={mayTry ? "button" : "button button-primary"} onClick={onClose}>
          Back to the form
        </button>
        {mayTry && (
          <button type="button" class="button button-primary" disabled={state.name === "sending"} onClick={() => void start()}>
            {state.name === "refused" ? "Try again" : "Start the run"}
          </button>
        )}
      </footer>
    </Dialog>
  );
}

function againWords({ seconds, count }: { readonly seconds: number; readonly count: number }): string {
  return `Sluice did not answer. It is tried again in ${seconds} s (${count} more at most); only one run is started.`;
}

function Refusal({ error }: { readonly error: unknown }): JSX.Element {
  if (!(error instanceof ApiError)) return <ErrorNotice error={error} />;
  if (error.faults.length > 0) return <FaultList faults={error.faults} />;
  if (error.status !== 409) return <ErrorNotice error={error} />;
  return (
    <div class="notice notice-bad" role="alert">
      <h2>{explain(error).title}</h2>
      <p>{error.message}</p>
      <p>Go back to the form and open this summary again.</p>
    </div>
  );
}

function FaultList({ faults }: { readonly faults: readonly Fault[] }): JSX.Element {
  return (
    <div class="notice notice-bad" role="alert">
      <h2>Something needs mending first</h2>
      <ul>
        {faults.slice(0, 10).map(({ field, row, column, message }, index) => (
          <li key={index}>
            {[row && `${field === "config_content" ? "line" : "row"} ${row}`, column ?? field].filter(Boolean).join(", ")}: {message}
          </li>
        ))}
      </ul>
      {faults.length > 10 && <p>{(faults.length - 10).toLocaleString("en")} more are shown in the form.</p>}
      <p>Go back to the form: each is marked at its place.</p>
    </div>
  );
}

function Warnings({ warnings }: Pick<Props, "warnings">): JSX.Element | null {
  if (warnings.length === 0) return null;
  return (
    <details class="unpaired" open={warnings.length <= 3}>
      <summary>
        <GlyphIcon glyph="warning" /> {counted(warnings.length, "warning")}, which do not prevent the run
      </summary>
      <ul>
        {warnings.slice(0, 100).map(({ field, row, column, message }, index) => (
          <li key={index}>
            {[row && `${field === "config_content" ? "line" : "row"} ${row}`, column ?? field].filter(Boolean).join(", ")}: {message}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Summary({ schema, inputs }: Pick<Props, "schema" | "inputs">): JSX.Element {
  const changes = changesIn(schema, inputs);
  const lines = inputs.config.trim() ? inputs.config.trim().split("\n").length : 0;
  return (
    <dl class="summary">
      {inputs.name.trim() && <Row name="Name">{inputs.name.trim()}</Row>}
      <Row name="Pipeline">
        {schema.pipeline} {schema.version}
      </Row>
      <Row name="Samples">{samplesLine(schema, inputs)}</Row>
      {inputs.ngsRuns.length > 0 && <Row name="NGS runs">{inputs.ngsRuns.join(", ")}</Row>}
      {inputs.project && <Row name="Project">{inputs.project}</Row>}
      <Row name="Parameters">
        {changes.length === 0 ? (
          "All as the pipeline sets them"
        ) : (
          <ul>
            {changes.map(({ name, title, value, standard }) => (
              <li key={name}>
                {title}: <strong>{value}</strong> {standard !== null && <span class="quiet">(default: {standard})</span>}
              </li>
            ))}
          </ul>
        )}
      </Row>
      <Row name="Config">{lines > 0 ? counted(lines, "line") : "None of your own"}</Row>
      <Row name="Results">In a folder of this run's own; its page lists them under “Files”. Only you and administrators can read it until you share it.</Row>
    </dl>
  );
}

function Row({ name, children }: { readonly name: string; readonly children: JSX.Element | readonly unknown[] | string }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
