import type { JSX } from "preact";
import type { PipelineInfo } from "../../../../generated/api.ts";
import { changeQuery } from "../../../router/navigation.ts";

interface Props {
  readonly pipelines: readonly PipelineInfo[];
  readonly chosen: PipelineInfo;
  readonly version: string;
}

/** Which pipeline, in which version; both are in the address. */
export function PipelineChoice({ pipelines, chosen, version }: Props): JSX.Element {
  return (
    <div class="pipeline-choice">
      <label class="field">
        Pipeline
        <select value={chosen.name} onChange={(event) => changeQuery({ pipeline: event.currentTarget.value, version: null })}>
          {pipelines.map(({ name, display_name: title }) => (
            <option key={name} value={name}>
              {title} ({name})
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        Version
        <select value={version} onChange={(event) => changeQuery({ pipeline: chosen.name, version: event.currentTarget.value })}>
          {chosen.versions.map((one) => (
            <option key={one} value={one}>
              {one}
              {one === chosen.default_version ? " (recommended)" : ""}
            </option>
          ))}
        </select>
      </label>
      <p class="quiet">
        {chosen.description}{" "}
        <a href={chosen.repository} target="_blank" rel="noreferrer">
          About this pipeline
        </a>
      </p>
    </div>
  );
}
