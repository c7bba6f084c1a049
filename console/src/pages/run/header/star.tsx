import type { JSX } from "preact";
import type { RunResponse } from "../../../../generated/api.ts";
import { api, unwrap } from "../../../api/client.ts";
import { sayError } from "../../../stores/toasts.ts";
import { GlyphIcon } from "../../../ui/icons.tsx";

interface Props {
  readonly run: RunResponse;
  onChange(run: RunResponse): void;
}

/** The reader's own star. It shows at once and is taken back if the service refuses it. */
export function Star({ run, onChange }: Props): JSX.Element {
  const turn = (): void => {
    const starred = !run.starred;
    onChange({ ...run, starred });
    unwrap(api.PATCH("/api/runs/{run_id}", { params: { path: { run_id: run.run_id } }, body: { starred } }))
      .then(onChange)
      .catch((error: unknown) => {
        onChange({ ...run, starred: !starred });
        sayError(error);
      });
  };
  return (
    <button
      type="button"
      class={run.starred ? "icon-button starred" : "icon-button"}
      aria-pressed={run.starred}
      aria-label="Star"
      title={run.starred ? "Take the star away" : "Star this run"}
      onClick={turn}
    >
      <GlyphIcon glyph="star" filled={run.starred} />
    </button>
  );
}
