import type { JSX, TargetedSubmitEvent } from "preact";
import { listIn } from "../../../rules/lists.ts";
import { Dialog } from "../../../ui/dialog.tsx";
import { ErrorNotice } from "../../../ui/notices.tsx";
import { type DialogProps, useUpdate } from "./update.ts";

export function EditDialog(props: DialogProps): JSX.Element {
  const { run, onClose } = props;
  const { error, isSending, send } = useUpdate(props);
  const save = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string): string | null => String(form.get(name) ?? "").trim() || null;
    send({ name: text("name"), note: text("note"), labels: listIn(String(form.get("labels") ?? "")) });
  };
  return (
    <Dialog title="Name and labels" onClose={onClose}>
      <form id="edit-run" class="stack-tight" onSubmit={save}>
        <label class="field">
          Name
          <input type="text" name="name" defaultValue={run.name ?? ""} placeholder={run.pipeline} />
        </label>
        <label class="field">
          Note
          <textarea name="note" rows={4} defaultValue={run.note ?? ""} />
        </label>
        <label class="field">
          Labels
          <input type="text" name="labels" defaultValue={run.labels.join(", ")} placeholder="pbmc, paper" />
          <span class="quiet small">Separate them with commas. The list of runs can be narrowed to a label.</span>
        </label>
        {error !== null && <ErrorNotice error={error} />}
      </form>
      <footer class="dialog-foot">
        <button type="button" class="button" onClick={onClose}>
          Leave it as it is
        </button>
        <button type="submit" form="edit-run" class="button button-primary" disabled={isSending}>
          {isSending ? "Saving …" : "Save"}
        </button>
      </footer>
    </Dialog>
  );
}
