import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { PipelineInfo } from "../../../generated/api.ts";
import { api, fresh, ifChanged } from "../../api/client.ts";
import { query } from "../../router/navigation.ts";
import { me } from "../../stores/me.ts";
import { Empty, ErrorNotice } from "../../ui/notices.tsx";
import { usePolled } from "../../ui/polled.ts";
import { useTitle } from "../../ui/title.ts";
import { Check } from "./check.ts";
import { DraftKeeper } from "./draft.ts";
import { Form } from "./form/form.tsx";
import { PipelineChoice } from "./form/pipeline.tsx";
import { Launch } from "./launch.ts";
import { StartNotice } from "./start_notice.tsx";
import { useStart } from "./start.ts";

/** Start a run: pipeline, samples, parameters, config, then a summary. */
export function NewRunPage(): JSX.Element {
  useTitle("New run");
  const pipelines = usePolled("pipelines", (etag, signal) => fresh(api.GET("/api/pipelines", { headers: ifChanged(etag), signal })), null);
  const found = pipelines.value.value?.pipelines;
  const email = me.value?.email;
  return (
    <>
      <header class="page-head">
        <h1 tabIndex={-1}>New run</h1>
      </header>
      {found && email ? (
        <Start key={email} email={email} pipelines={found} />
      ) : pipelines.error.value ? (
        <ErrorNotice error={pipelines.error.value} onRetry={() => pipelines.refresh()} />
      ) : (
        <p role="status">Loading the pipelines …</p>
      )}
    </>
  );
}

interface StartProps {
  readonly email: string;
  readonly pipelines: readonly PipelineInfo[];
}

/** The form with what it starts from: the address, a draft, or nothing. */
function Start({ email, pipelines }: StartProps): JSX.Element {
  const held = useRef<{ launch: Launch; keeper: DraftKeeper; check: Check } | null>(null);
  if (held.current === null) {
    const launch = new Launch();
    held.current = { launch, keeper: new DraftKeeper(launch, email), check: new Check(launch) };
  }
  const { launch, keeper, check } = held.current;
  const start = useStart(launch, keeper);
  useEffect(() => (start.isReady ? keeper.start() : undefined), [keeper, start.isReady]);
  useEffect(() => () => check.stop(), [check]);
  const wanted = query.value.get("pipeline");
  const chosen = wanted === null ? pipelines[0] : pipelines.find(({ name }) => name === wanted);
  if (start.error !== null) {
    return (
      <>
        <ErrorNotice error={start.error} onRetry={start.again} />
        <p class="step-instead">
          <a href="/runs/new">Start with an empty form instead</a>
        </p>
      </>
    );
  }
  if (!start.isReady) return <p role="status">Reading the inputs of {query.value.get("from")} …</p>;
  if (!chosen) return <NoPipeline wanted={wanted} />;
  return (
    <>
      <StartNotice start={start} launch={launch} keeper={keeper} check={check} />
      <Release pipelines={pipelines} chosen={chosen} launch={launch} keeper={keeper} check={check} />
    </>
  );
}

function NoPipeline({ wanted }: { readonly wanted: string | null }): JSX.Element {
  return (
    <Empty title={wanted ? `There is no pipeline “${wanted}” here` : "No pipeline can be run here yet"}>
      <p>{wanted ? "The link may be old or mistyped." : "An operator adds pipelines; ask yours."}</p>
      <a class="button" href={wanted ? "/runs/new" : "/runs"}>
        {wanted ? "Choose another pipeline" : "Show the runs"}
      </a>
    </Empty>
  );
}

interface ReleaseProps {
  readonly pipelines: readonly PipelineInfo[];
  readonly chosen: PipelineInfo;
  readonly launch: Launch;
  readonly keeper: DraftKeeper;
  readonly check: Check;
}

/** The form of one version, once the service has described it. */
function Release({ pipelines, chosen, launch, keeper, check }: ReleaseProps): JSX.Element {
  const wanted = query.value.get("version");
  const version = wanted ?? chosen.default_version;
  const [owner = "", name = ""] = chosen.name.split("/");
  const poller = usePolled(
    `${chosen.name} ${version}`,
    (etag, signal) =>
      fresh(
        api.GET("/api/pipelines/{owner}/{name}/schema", {
          params: { path: { owner, name }, query: { version } },
          headers: ifChanged(etag),
          signal,
        }),
      ),
    null,
  );
  const schema = poller.value.value;
  const isCurrent = schema?.pipeline === chosen.name && schema.version === version;
  useEffect(() => {
    if (!schema || !isCurrent) return;
    launch.use(schema);
    check.changed();
  }, [schema, isCurrent]);
  return (
    <>
      <section class="step" aria-labelledby="step-pipeline">
        <h2 id="step-pipeline">Pipeline</h2>
        <PipelineChoice pipelines={pipelines} chosen={chosen} version={version} />
      </section>
      {poller.error.value !== null && !isCurrent ? (
        <ErrorNotice error={poller.error.value} onRetry={() => poller.refresh()} />
      ) : schema && isCurrent && launch.schema.value === schema ? (
        <Form launch={launch} keeper={keeper} check={check} schema={schema} />
      ) : (
        <p role="status">Loading the form of version {version} …</p>
      )}
    </>
  );
}
