import type { JSX } from "preact";
import type { RunInputsResponse } from "../../../../generated/api.ts";
import { configIn } from "../../../rules/causes.ts";
import { shownValue } from "../../../rules/overrides.ts";
import { Prose } from "../../../ui/prose.tsx";

/** What is to be different in the recovery. */
export interface Edits {
  readonly reuses: boolean;
  readonly notes: string;
  /** Typed values by parameter. */
  readonly params: Readonly<Record<string, string>>;
  /** The whole config; null: that of the parent. */
  readonly config: string | null;
}

export const NO_EDITS: Edits = { reuses: true, notes: "", params: {}, config: null };

interface Props {
  readonly edits: Edits;
  readonly inputs: RunInputsResponse | null;
  onEdit(edits: Edits): void;
}

/** What the diagnosis advises, which a press of a button puts into the config. */
export function Advice({ advice, edits, inputs, onEdit }: Props & { readonly advice: string }): JSX.Element {
  const config = configIn(advice);
  const now = edits.config ?? inputs?.config_content ?? "";
  const isTaken = config !== null && now.includes(config);
  const take = (): void => onEdit({ ...edits, config: [now.trimEnd(), config].filter(Boolean).join("\n") });
  return (
    <div class="advice">
      <h3>What helps</h3>
      <Prose text={advice} />
      {config && inputs && (
        <button type="button" class="button" disabled={isTaken} onClick={take}>
          {isTaken ? "It is in the config" : "Put it into the config"}
        </button>
      )}
      {config && inputs && !isTaken && <p class="quiet small">Without this change, the same task will probably fail again.</p>}
    </div>
  );
}

export function Changes({ edits, inputs, onEdit }: Props): JSX.Element {
  return (
    <>
      <label class="field">
        Note
        <input
          type="text"
          value={edits.notes}
          placeholder="Why, for whoever reads this later"
          onInput={(event) => onEdit({ ...edits, notes: event.currentTarget.value })}
        />
      </label>
      <label class="check">
        <input type="checkbox" checked={edits.reuses} onChange={(event) => onEdit({ ...edits, reuses: event.currentTarget.checked })} />
        Reuse what has finished
      </label>
      {inputs && <Config edits={edits} inputs={inputs} onEdit={onEdit} />}
      {inputs && <Params edits={edits} inputs={inputs} onEdit={onEdit} />}
    </>
  );
}

interface PartProps extends Props {
  readonly inputs: RunInputsResponse;
}

function Config({ edits, inputs, onEdit }: PartProps): JSX.Element {
  return (
    <details class="more" open={edits.config !== null}>
      <summary>Change the config{edits.config !== null && edits.config !== (inputs.config_content ?? "") && " (changed)"}</summary>
      <label class="field">
        <span class="quiet small">Replaces the whole config of the run. Name the process, and multiply by task.attempt so that a retry has more.</span>
        <span class="visually-hidden">Config</span>
        <textarea
          class="code"
          rows={8}
          spellcheck={false}
          value={edits.config ?? inputs.config_content ?? ""}
          placeholder="process { withName: STAR_ALIGN { memory = { 128.GB * task.attempt } } }"
          onInput={(event) => onEdit({ ...edits, config: event.currentTarget.value })}
        />
      </label>
    </details>
  );
}

function Params({ edits, inputs, onEdit }: PartProps): JSX.Element | null {
  const names = Object.keys(inputs.params);
  if (names.length === 0) return null;
  const changed = names.filter((name) => name in edits.params && edits.params[name] !== shownValue(inputs.params[name]));
  return (
    <details class="more">
      <summary>Change parameters{changed.length > 0 && ` (${changed.join(", ")} changed)`}</summary>
      <div class="param-edits">
        {names.map((name) => (
          <label class="field" key={name}>
            <span>
              {name}
              {changed.includes(name) && <span class="tone-warn"> was {shownValue(inputs.params[name])}</span>}
            </span>
            <input
              type="text"
              spellcheck={false}
              value={edits.params[name] ?? shownValue(inputs.params[name])}
              onInput={(event) => onEdit({ ...edits, params: { ...edits.params, [name]: event.currentTarget.value } })}
            />
          </label>
        ))}
      </div>
    </details>
  );
}
