import type { JSX } from "preact";
import type { RunResponse } from "../../../../generated/api.ts";
import { changeQuery } from "../../../router/navigation.ts";
import { mayChange } from "../access.ts";
import { CancelDialog } from "./cancel.tsx";
import { EditDialog } from "./edit.tsx";
import { RecoverDialog } from "./recover.tsx";
import { ShareDialog } from "./share.tsx";

interface Props {
  readonly run: RunResponse;
  /** From the address, so that "back" closes the dialog and a reload opens it again. */
  readonly name: string;
  onChange(run: RunResponse): void;
}

export function RunDialog({ run, name, onChange }: Props): JSX.Element | null {
  if (!mayChange(run)) return null;
  const props = { run, onChange, onClose: () => changeQuery({ do: null }, { replace: true }) };
  switch (name) {
    case "recover":
      return <RecoverDialog {...props} />;
    case "cancel":
      return <CancelDialog {...props} />;
    case "edit":
      return <EditDialog {...props} />;
    case "share":
      return <ShareDialog {...props} />;
    default:
      return null;
  }
}
