import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PipelineSchema } from "../../../../generated/api.ts";
import type { Fault } from "../../../api/errors.ts";
import { type Param, isChanged, matches, unknownNames } from "../../../rules/launch/params.ts";
import { GlyphIcon } from "../../../ui/icons.tsx";
import type { Check } from "../check.ts";
import type { Launch } from "../launch.ts";
import { ParamField } from "./field.tsx";

interface Props {
  readonly launch: Launch;
  readonly check: Check;
  readonly schema: PipelineSchema;
}

/** The form that the release describes. Groups that hold nothing needed, changed or wrong are folded. */
export function Params({ launch, check, schema }: Props): JSX.Element {
  const [search, setSearch] = useState("");
  const groups = schema.groups.map((group) => ({
    ...group,
    params: schema.params.filter((param) => param.group === group.name && matches(param, search)),
  }));
  const found = groups.filter(({ params }) => params.length > 0);
  return (
    <div class="params">
      <label class="search">
        <GlyphIcon glyph="search" />
        <span class="visually-hidden">Find a parameter</span>
        <input type="search" placeholder={`Find one of ${schema.params.length} parameters`} value={search}
          onInput={(event) => setSearch(event.currentTarget.value.trim())} />
      </label>
      <Unknown launch={launch} schema={schema} />
      {found.map((group) => (
        <Group key={group.name} group={group} launch={launch} check={check} isSearched={search !== ""} />
      ))}
      {found.length === 0 && <p class="quiet">No parameter has these words.</p>}
    </div>
  );
}

interface GroupProps extends Pick<Props, "launch" | "check"> {
  readonly group: PipelineSchema["groups"][number] & { readonly params: readonly Param[] };
  readonly isSearched: boolean;
}

function Group({ group, launch, check, isSearched }: GroupProps): JSX.Element {
  const values = launch.values.value;
  const isWrong = (param: Param): boolean => about(param, check.faults.value).length > 0;
  const changed = group.params.filter((param) => isChanged(param, values));
  const [isNeeded] = useState(group.params.some((param) => param.required) || changed.length > 0);
  const plain = group.params.filter((param) => isSearched || !param.hidden || changed.includes(param) || isWrong(param));
  const rare = group.params.filter((param) => !plain.includes(param));
  const field = (param: Param): JSX.Element => (
    <ParamField key={param.name} param={param} values={values} faults={about(param, check.faults.value)}
      warnings={about(param, check.warnings.value)} onChange={(value) => launch.set(param.name, value)} />
  );
  return (
    <details class="param-group" open={isNeeded || isSearched || group.params.some(isWrong)}>
      <summary>
        <GlyphIcon glyph="right" />
        <strong>{group.title}</strong>
        <span class="quiet">{group.help}</span>
        {changed.length > 0 && <span class="label">{changed.length} changed</span>}
      </summary>
      <div class="param-fields">{plain.map(field)}</div>
      {rare.length > 0 && (
        <details class="param-rare">
          <summary>
            <GlyphIcon glyph="right" /> {rare.length} rarely used
          </summary>
          <div class="param-fields">{rare.map(field)}</div>
        </details>
      )}
    </details>
  );
}

function about(param: Param, faults: readonly Fault[]): readonly Fault[] {
  return faults.filter(({ field }) => field === `params.${param.name}`);
}

/** Values that came from another release; see `unknownNames`. */
function Unknown({ launch, schema }: Pick<Props, "launch" | "schema">): JSX.Element | null {
  const names = unknownNames(schema.params, launch.values.value);
  if (names.length === 0) return null;
  const drop = (): void => {
    const known = Object.entries(launch.values.peek()).filter(([name]) => !names.includes(name));
    launch.values.value = Object.fromEntries(known);
  };
  return (
    <p class="stale" role="status">
      <GlyphIcon glyph="warning" /> Version {schema.version} has no parameter {names.join(", ")}; it is not sent.{" "}
      <button type="button" class="link-button" onClick={drop}>
        Forget it
      </button>
    </p>
  );
}
