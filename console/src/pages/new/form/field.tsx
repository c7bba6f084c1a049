import type { JSX } from "preact";
import { useId } from "preact/hooks";
import type { Fault } from "../../../api/errors.ts";
import { type Param, type Values, isChanged } from "../../../rules/launch/params.ts";
import { fieldId } from "../../../rules/launch/request.ts";
import { GlyphIcon } from "../../../ui/icons.tsx";

interface Props {
  readonly param: Param;
  readonly values: Values;
  readonly faults: readonly Fault[];
  readonly warnings: readonly Fault[];
  onChange(value: string | boolean): void;
}

/** One parameter: its name in words, its value, what it is for, and what is wrong with it. */
export function ParamField({ param, values, faults, warnings, onChange }: Props): JSX.Element {
  const help = useId();
  const isSwitch = param.type === "boolean";
  const changed = isChanged(param, values);
  const isBad = faults.length > 0;
  return (
    <div class={isBad ? "param is-bad" : changed ? "param is-changed" : "param"}>
      <label for={fieldId(param.name)}>
        {isSwitch && <Switch param={param} values={values} help={help} onChange={onChange} />}
        <span>
          {param.title}
          {param.required && <span class="param-needed"> needed</span>}
        </span>
        <code class="quiet">--{param.name}</code>
      </label>
      {!isSwitch && <Entry param={param} values={values} help={help} isBad={isBad} onChange={onChange} />}
      <div id={help} class="param-help">
        {[...faults, ...warnings].map((found, index) => (
          <p class={index < faults.length ? "tone-bad" : "tone-warn"} key={found.message}>
            <GlyphIcon glyph="warning" /> {found.message}
          </p>
        ))}
        <p class="quiet">
          {param.help}
          {hintFor(param)}
        </p>
        {changed && (
          <button type="button" class="link-button" onClick={() => onChange(isSwitch ? param.default === true : "")}>
            {param.required ? "Clear" : "Back to the default"}
          </button>
        )}
      </div>
    </div>
  );
}

function hintFor({ fills, minimum, maximum, expects, type }: Param): string {
  const range = minimum !== null && maximum !== null ? ` From ${minimum} to ${maximum}.`
    : minimum !== null ? ` At least ${minimum}.` : maximum !== null ? ` At most ${maximum}.` : "";
  const rule = expects && type === "string" ? ` It must be ${expects}.` : "";
  return `${rule}${range}${fills ? ` Fills the empty cells of the samplesheet's column ${fills}.` : ""}`;
}

interface EntryProps extends Pick<Props, "param" | "values" | "onChange"> {
  readonly help: string;
  readonly isBad?: boolean;
}

function Switch({ param, values, help, onChange }: EntryProps): JSX.Element {
  const value = values[param.name];
  const isOn = value === undefined || value === "" ? param.default === true : value === true || value === "true";
  return (
    <input type="checkbox" id={fieldId(param.name)} checked={isOn} aria-describedby={help}
      onChange={(event) => onChange(event.currentTarget.checked)} />
  );
}

function Entry({ param, values, help, isBad = false, onChange }: EntryProps): JSX.Element {
  const id = fieldId(param.name);
  const value = String(values[param.name] ?? "");
  const common = { id, "aria-describedby": help, "aria-invalid": isBad || undefined, "aria-required": param.required || undefined };
  if (param.enum.length > 0) return <Choice param={param} value={value} common={common} onChange={onChange} />;
  const list = param.suggestions.length > 0 ? `${id}-list` : undefined;
  const isNumber = param.type === "integer" || param.type === "number";
  return (
    <>
      <input type="text" {...common} value={value} list={list} spellcheck={false} autocomplete="off"
        inputMode={isNumber ? "decimal" : "text"} placeholder={placeholderFor(param)}
        onInput={(event) => onChange(event.currentTarget.value)} />
      {list && (
        <datalist id={list}>
          {param.suggestions.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </>
  );
}

function placeholderFor({ default: standard, suggestions, required }: Param): string {
  if (standard !== null && standard !== "" && !required) return String(standard);
  const example = suggestions.find((one) => one !== standard);
  return example === undefined ? "" : `for example ${example}`;
}

interface ChoiceProps extends Pick<Props, "param" | "onChange"> {
  readonly value: string;
  readonly common: Readonly<Record<string, string | boolean | undefined>>;
}

function Choice({ param, value, common, onChange }: ChoiceProps): JSX.Element {
  const choices = param.enum.map(String);
  const standard = param.required ? "choose one" : param.default === null ? "not set" : `${String(param.default)} (default)`;
  const others = choices.filter((one) => param.required || one !== String(param.default));
  const shown = !param.required && value === String(param.default) ? "" : value;
  return (
    <select {...common} value={shown} onChange={(event) => onChange(event.currentTarget.value)}>
      <option value="">{standard}</option>
      {shown !== "" && !choices.includes(shown) && <option value={shown}>{shown}</option>}
      {others.map((one) => (
        <option key={one} value={one}>
          {one}
        </option>
      ))}
    </select>
  );
}
