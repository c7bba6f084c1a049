import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { type Theme, chooseZone, letterKeys, theme, zone } from "../stores/settings.ts";

interface ChoiceProps {
  readonly name: string;
  readonly value: string;
  readonly choices: readonly (readonly [string, string])[];
  onChoose(value: string): void;
}

/** One of a few, as buttons side by side. */
export function Choice({ name, value, choices, onChoose }: ChoiceProps): JSX.Element {
  const group = useId();
  return (
    <fieldset class="choice">
      <legend>{name}</legend>
      <div>
        {choices.map(([id, words]) => (
          <label key={id}>
            <input type="radio" name={group} value={id} checked={id === value} onChange={() => onChoose(id)} />
            <span>{words}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function ThemeChoice(): JSX.Element {
  return (
    <Choice name="Theme" value={theme.value} onChoose={(value) => (theme.value = value as Theme)}
      choices={[["auto", "As the system"], ["light", "Light"], ["dark", "Dark"]]} />
  );
}

export function ZoneChoice(): JSX.Element {
  return (
    <Choice name="Times" value={zone.value} onChoose={(value) => chooseZone(value === "utc" ? "utc" : "local")}
      choices={[["local", "Local"], ["utc", "UTC"]]} />
  );
}

export function LetterKeysChoice(): JSX.Element {
  return (
    <Choice name="Letter keys" value={letterKeys.value} onChoose={(value) => (letterKeys.value = value === "off" ? "off" : "on")}
      choices={[["on", "On"], ["off", "Off"]]} />
  );
}
