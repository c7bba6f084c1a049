import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { counted } from "../../../rules/launch/summary.ts";
import { GlyphIcon } from "../../../ui/icons.tsx";
import type { Check, CheckState } from "../check.ts";
import type { DraftKeeper, Kept } from "../draft.ts";
import { goTo } from "../jump.ts";
import type { Launch } from "../launch.ts";

interface Props {
  readonly launch: Launch;
  readonly keeper: DraftKeeper;
  readonly check: Check;
  onReview(): void;
}

const CHECKED: Readonly<Record<CheckState, string>> = {
  never: "",
  checking: "Checking …",
  fresh: "",
  outdated: "Changed since the last check",
  failed: "The check did not work",
};
const DRAFT: Readonly<Record<Kept, string>> = {
  nothing: "",
  all: "Kept as a draft in this browser",
  without_sheet: "Kept as a draft, but its samplesheet is too large for that",
  no_storage: "This browser keeps no draft",
};

/** The way on, and what is in its way. The button is never dead: pressed too early, it leads to what is missing. */
export function Footer({ launch, keeper, check, onReview }: Props): JSX.Element {
  const missing = launch.missing.value;
  const [first] = missing;
  const state = check.state.value;
  const discard = (): void => {
    launch.clear();
    check.forget();
    keeper.forget();
  };
  return (
    <footer class="launch-foot">
      {missing.length > 0 && (
        <div class="launch-missing">
          <strong>Still missing</strong>
          <ul>
            {missing.map(({ words, target }) => (
              <li key={words}>
                <button type="button" class="link-button" onClick={() => goTo(target)}>
                  {words}
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
      <div class="launch-buttons">
        <span class="quiet small" role="status">
          {state === "fresh" && <Found launch={launch} check={check} />}
          {[CHECKED[state], DRAFT[keeper.kept.value]].filter(Boolean).join(" · ")}
        </span>
        {keeper.kept.value !== "nothing" && <DiscardButton onDiscard={discard} />}
        <button type="button" class="button" onClick={() => void check.run()}>
          <GlyphIcon glyph="check" /> Check
        </button>
        <button type="button" class="button button-primary" onClick={() => (first ? goTo(first.target) : onReview())}>
          Review and start …
        </button>
      </div>
    </footer>
  );
}

/** What the check found is further up or down the page, where nobody may be looking. */
function Found({ launch, check }: Pick<Props, "launch" | "check">): JSX.Element {
  const findings = launch.editor.findings.value;
  const count = (own: readonly unknown[], tone: "fault" | "warning"): number =>
    own.length + findings.filter((finding) => finding.tone === tone).length;
  const [faults, warnings] = [count(check.faults.value, "fault"), count(check.warnings.value, "warning")];
  return (
    <>
      {faults + warnings === 0 ? (
        <strong class="tone-good">
          <GlyphIcon glyph="check" /> No problems found
        </strong>
      ) : (
        <button type="button" class="link-button" onClick={() => goTo("problems")}>
          {faults > 0 ? `${counted(faults, "fault")} to mend` : `No fault, ${counted(warnings, "warning")}`}
        </button>
      )}
      {" · "}
    </>
  );
}

/** Asks once more, since it cannot be undone. */
function DiscardButton({ onDiscard }: { onDiscard(): void }): JSX.Element {
  const [isAsked, setIsAsked] = useState(false);
  const press = (): void => {
    if (isAsked) onDiscard();
    setIsAsked(!isAsked);
  };
  return (
    <button type="button" class="button" onClick={press} onBlur={() => setIsAsked(false)}>
      {isAsked ? "Really discard everything" : "Discard"}
    </button>
  );
}
