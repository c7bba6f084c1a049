import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { runPath } from "../../router/address.ts";
import { Ago } from "../../ui/time.tsx";
import type { Check } from "./check.ts";
import type { DraftKeeper } from "./draft.ts";
import type { Launch } from "./launch.ts";
import { type Start, openDraft } from "./start.ts";

interface Props {
  readonly start: Start;
  readonly launch: Launch;
  readonly keeper: DraftKeeper;
  readonly check: Check;
}

/** What the form was filled in with, and the way out of it. */
export function StartNotice({ start, launch, keeper, check }: Props): JSX.Element | null {
  const [isClosed, setIsClosed] = useState(false);
  const { restored, other, from } = start;
  if (isClosed || (!restored && !other && !from)) return null;
  const discard = (): void => {
    launch.clear();
    check.forget();
    keeper.forget();
    setIsClosed(true);
  };
  const open = (): void => {
    if (other) openDraft(launch, other);
    check.forget();
    setIsClosed(true);
  };
  return (
    <div class="start-notice" role="status">
      <Words start={start} />
      <span class="start-buttons">
        {other && (
          <button type="button" class="button" onClick={open}>
            Open the draft
          </button>
        )}
        {restored && (
          <button type="button" class="button" onClick={discard}>
            Discard the draft
          </button>
        )}
        <button type="button" class="link-button" onClick={() => setIsClosed(true)}>
          Close
        </button>
      </span>
    </div>
  );
}

function Words({ start: { restored, from, other } }: Pick<Props, "start">): JSX.Element {
  return (
    <div>
      {restored && (
        <p>
          Your draft from <Ago at={restored.savedAt} /> is back.
          {restored.lacksSheet && " Its samplesheet was too large to be kept; add it again."}
        </p>
      )}
      {from && (
        <p>
          These are the inputs of <a href={runPath(from)}>{from}</a>. Change what you like; that run stays as it is.
        </p>
      )}
      {other && (
        <p>
          You have a draft from <Ago at={other.savedAt} />; the first change here replaces it.
        </p>
      )}
    </div>
  );
}
