import type { JSX, TargetedSubmitEvent } from "preact";
import { changeMe } from "../../stores/me.ts";
import { say } from "../../stores/toasts.ts";

/** The name that others see beside one's runs. */
export function NameForm({ name }: { readonly name: string }): JSX.Element {
  const save = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const typed = String(new FormData(event.currentTarget).get("name") ?? "").trim();
    if (typed === name) return;
    void changeMe({ display_name: typed || null }).then((agreed) => agreed && say("Your name is saved"));
  };
  return (
    <form class="name-form" onSubmit={save}>
      <label class="field">
        Name
        <input key={name} type="text" name="name" autocomplete="name" maxLength={255} defaultValue={name}
          aria-describedby="name-help" />
      </label>
      <button type="submit" class="button">
        Save
      </button>
      <p class="quiet small" id="name-help">
        Others see it beside your runs. Leave it empty for the first part of your address.
      </p>
    </form>
  );
}
