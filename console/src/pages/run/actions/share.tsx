import type { JSX, TargetedSubmitEvent } from "preact";
import { useState } from "preact/hooks";
import { listIn } from "../../../rules/lists.ts";
import { CopyButton } from "../../../ui/copy.tsx";
import { Dialog } from "../../../ui/dialog.tsx";
import { ErrorNotice } from "../../../ui/notices.tsx";
import { type DialogProps, useUpdate } from "./update.ts";

const EVERYONE = "everyone";

/** Who may read a run. */
export function ShareDialog(props: DialogProps): JSX.Element {
  const { run, onClose } = props;
  const { error, isSending, send } = useUpdate(props);
  const [isForAll, setIsForAll] = useState(run.shared_with.includes(EVERYONE));
  const save = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const typed = listIn(String(new FormData(event.currentTarget).get("people") ?? ""));
    send({ shared_with: isForAll ? [EVERYONE] : typed });
  };
  const people = run.shared_with.filter((one) => one !== EVERYONE);
  return (
    <Dialog title="Share the run" onClose={onClose}>
      <form id="share-run" class="stack-tight" onSubmit={save}>
        <p>People you share the run with can read its log, tasks, files and inputs. They cannot change anything.</p>
        <label class="check">
          <input type="checkbox" checked={isForAll} onChange={(event) => setIsForAll(event.currentTarget.checked)} />
          Everyone who may use Sluice
        </label>
        {!isForAll && (
          <label class="field">
            People
            <textarea name="people" rows={4} defaultValue={people.join("\n")} placeholder="ben@lab.example" />
            <span class="quiet small">One e-mail address per line. Left empty, only you and the administrators can read the run.</span>
          </label>
        )}
        {error !== null && <ErrorNotice error={error} />}
      </form>
      <footer class="dialog-foot">
        <CopyButton text={`${location.origin}/runs/${run.run_id}`} what="the link to the run" words="Copy the link" />
        <button type="submit" form="share-run" class="button button-primary" disabled={isSending}>
          {isSending ? "Saving …" : "Save"}
        </button>
      </footer>
    </Dialog>
  );
}
