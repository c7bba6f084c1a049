import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PipelineAdviceResponse, PipelineSchema, ProcessAdviceInfo } from "../../../../generated/api.ts";
import { api, unwrap } from "../../../api/client.ts";
import { hasAdvice, isChange, percent, requestWords, summaryOf, withAdvice } from "../../../rules/insight/sizing.ts";
import { ErrorNotice } from "../../../ui/notices.tsx";
import type { Launch } from "../launch.ts";

interface Props {
  readonly launch: Launch;
  readonly schema: PipelineSchema;
}

/** What earlier runs say about the memory and CPUs to ask for; it is asked for by a button, as it takes a while. */
export function ResourceAdvice({ launch, schema }: Props): JSX.Element {
  const [found, setFound] = useState<PipelineAdviceResponse | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isAsking, setIsAsking] = useState(false);
  const ask = async (): Promise<void> => {
    setIsAsking(true);
    setError(null);
    const [owner = "", name = ""] = schema.pipeline.split("/");
    const params = { path: { owner, name }, query: { version: schema.version } };
    try {
      setFound(await unwrap(api.GET("/api/pipelines/{owner}/{name}/advice", { params })));
    } catch (problem) {
      setError(problem);
    }
    setIsAsking(false);
  };
  if (error !== null) return <ErrorNotice error={error} onRetry={() => void ask()} />;
  if (!found) {
    return (
      <p>
        <button type="button" class="button" disabled={isAsking} onClick={() => void ask()}>
          {isAsking ? "Reading earlier runs …" : "Suggest CPUs and memory"}
        </button>
      </p>
    );
  }
  return <Found found={found} launch={launch} />;
}

function Found({ found, launch }: { readonly found: PipelineAdviceResponse; readonly launch: Launch }): JSX.Element {
  const block = found.config;
  const isTaken = block !== null && hasAdvice(launch.config.value, block);
  return (
    <div class="advice" role="status">
      <h3>What earlier runs say</h3>
      {found.processes.length > 0 && <p>{summaryOf(found)}</p>}
      <ul>
        {found.processes.filter(isChange).map((advice) => (
          <li key={advice.process} title={advice.process}>{adviceWords(advice)}</li>
        ))}
      </ul>
      {found.unknown.map((words) => (
        <p class="quiet" key={words}>Not known: {words}.</p>
      ))}
      {block !== null && (
        <button type="button" class="button" disabled={isTaken} onClick={() => (launch.config.value = withAdvice(launch.config.peek(), block))}>
          {isTaken ? "The advice is in the config" : "Use the advice"}
        </button>
      )}
    </div>
  );
}

function adviceWords(advice: ProcessAdviceInfo): string {
  const name = advice.process.slice(advice.process.lastIndexOf(":") + 1);
  const wanted = advice.advised ? requestWords(advice.advised) : "";
  const risk = advice.is_guess ? "a guess: nobody knows what the largest need" : `at most ${percent(advice.expected_failures)} of tasks are repeated`;
  return `${name}: ${wanted} instead of ${requestWords(advice.asked) || "what the pipeline sets"} (${risk})`;
}
