import type { JSX } from "preact";
import type { SearchHit } from "../../../generated/api.ts";
import { runPath } from "../../router/address.ts";
import { CAUSES } from "../../rules/causes.ts";
import { Ago } from "../../ui/time.tsx";
import { marked, placeOf } from "./selection.ts";

const SOURCES: Readonly<Record<SearchHit["source"], string>> = {
  log: "log",
  task: "output of a task",
  diagnosis: "why it failed",
};

interface HitsProps {
  readonly hits: readonly SearchHit[];
  readonly words: string;
}

/** The lines that were found, each with a link to where it stands. */
export function Hits({ hits, words }: HitsProps): JSX.Element {
  return (
    <ol class="hits">
      {hits.map((hit, number) => (
        <li key={`${number} ${placeOf(hit)}`}>
          <p class="hit-head">
            <a href={runPath(hit.run_id)}>{hit.name ?? hit.pipeline}</a>
            <code>{hit.run_id}</code>
            <span class="quiet">
              {SOURCES[hit.source]}
              {hit.task_id && ` ${hit.task_id}`}
              {hit.source === "log" && hit.level && `, ${hit.level}`}
            </span>
            <Ago at={hit.at} />
          </p>
          <a class="hit-line" href={placeOf(hit)}>
            <code>
              {marked(hit.snippet, words).map((part, index) => (index % 2 === 1 ? <mark key={index}>{part}</mark> : part))}
            </code>
          </a>
          {hit.cause && <p class="quiet small">{CAUSES[hit.cause as keyof typeof CAUSES] ?? hit.cause}</p>}
        </li>
      ))}
    </ol>
  );
}
