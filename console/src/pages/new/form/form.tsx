import { effect } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { PipelineSchema } from "../../../../generated/api.ts";
import type { Fault } from "../../../api/errors.ts";
import { type Inputs, MOST_NAME_CHARACTERS, NAME_ID } from "../../../rules/launch/request.ts";
import { runPath } from "../../../router/address.ts";
import { navigate, query } from "../../../router/navigation.ts";
import { say } from "../../../stores/toasts.ts";
import { BenchlingPicker } from "../benchling/picker.tsx";
import type { Check } from "../check.ts";
import type { DraftKeeper } from "../draft.ts";
import { goTo } from "../jump.ts";
import type { Launch } from "../launch.ts";
import { Problems } from "../problems.tsx";
import { Review } from "../review.tsx";
import { ResourceAdvice } from "./advice.tsx";
import { ConfigEditor } from "./config.tsx";
import { Footer } from "./footer.tsx";
import { Params } from "./params.tsx";
import { Samples } from "./samples.tsx";

interface Props {
  readonly launch: Launch;
  readonly keeper: DraftKeeper;
  readonly check: Check;
  readonly schema: PipelineSchema;
}

/** Everything below the choice of the pipeline. */
export function Form({ launch, keeper, check, schema }: Props): JSX.Element {
  const [reviewed, setReviewed] = useState<{ inputs: Inputs; warnings: readonly Fault[] } | null>(null);
  const [ngsRun, setNgsRun] = useState(query.peek().get("ngs_run"));
  useRecheck(launch, check);
  const review = async (): Promise<void> => {
    const inputs = launch.inputs.peek();
    const result = await check.run();
    if (result?.valid) setReviewed({ inputs, warnings: result.warnings });
    else if (result) requestAnimationFrame(() => goTo("problems"));
  };
  return (
    <>
      <Step id="samples" title="Samples">
        <Samples launch={launch} schema={schema} />
      </Step>
      <Step id="params" title="Parameters">
        <Params launch={launch} check={check} schema={schema} />
      </Step>
      <Step id="config" title="Config">
        <ConfigEditor launch={launch} check={check} />
        <ResourceAdvice launch={launch} schema={schema} key={`${schema.pipeline} ${schema.version}`} />
      </Step>
      <Step id="name" title="Name">
        <RunName launch={launch} pipeline={schema.pipeline} />
      </Step>
      <Problems launch={launch} check={check} schema={schema} />
      <Footer launch={launch} keeper={keeper} check={check} onReview={() => void review()} />
      {ngsRun !== null && <BenchlingPicker launch={launch} schema={schema} first={ngsRun} onClose={() => setNgsRun(null)} />}
      {reviewed && (
        <Review
          schema={schema}
          inputs={reviewed.inputs}
          warnings={reviewed.warnings}
          onFaults={(faults) => check.show(faults, [])}
          onClose={() => setReviewed(null)}
          onStarted={(run) => {
            keeper.forget();
            say("The run has been started", `${run.pipeline} ${run.pipeline_version}`);
            navigate(runPath(run.run_id));
          }}
        />
      )}
    </>
  );
}

function RunName({ launch, pipeline }: Pick<Props, "launch"> & { readonly pipeline: string }): JSX.Element {
  return (
    <>
      <p class="quiet" id="name-help">
        Optional. What the list of runs calls this run; it can be changed at any time.
      </p>
      <input type="text" id={NAME_ID} class="run-name" aria-labelledby="step-name" aria-describedby="name-help" autocomplete="off"
        maxLength={MOST_NAME_CHARACTERS} placeholder={pipeline} value={launch.name.value}
        onInput={(event) => (launch.name.value = event.currentTarget.value)} />
    </>
  );
}

/** Check again after changes. */
function useRecheck(launch: Launch, check: Check): void {
  useEffect(() => {
    let seen = launch.inputs.peek();
    return effect(() => {
      const now = launch.inputs.value;
      if (now === seen) return;
      seen = now;
      check.changed();
    });
  }, [launch, check]);
}

function Step({ id, title, children }: { readonly id: string; readonly title: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <section class="step" aria-labelledby={`step-${id}`}>
      <h2 id={`step-${id}`}>{title}</h2>
      {children}
    </section>
  );
}
