import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { LibrarySample, PipelineSchema } from "../../../../generated/api.ts";
import { Dialog } from "../../../ui/dialog.tsx";
import { projectOf, rowsOf } from "../../../rules/launch/libraries.ts";
import { say } from "../../../stores/toasts.ts";
import type { Launch } from "../launch.ts";
import { Libraries } from "./libraries.tsx";
import { NgsRuns } from "./ngs_runs.tsx";

interface Props {
  readonly launch: Launch;
  readonly schema: PipelineSchema;
  /** The NGS run to show first, from the address. */
  readonly first?: string | null;
  onClose(): void;
}

/** From a sequencing run to rows of the samplesheet: choose the run, then its libraries. */
export function BenchlingPicker({ launch, schema, first = null, onClose }: Props): JSX.Element {
  const [ngsRun, setNgsRun] = useState(first);
  const take = (name: string, samples: readonly LibrarySample[]): void => {
    const { header, rows } = rowsOf(samples, schema.sample_column);
    launch.editor.addTable(header, rows);
    if (!launch.ngsRuns.peek().includes(name)) launch.ngsRuns.value = [...launch.ngsRuns.peek(), name];
    if (launch.project.peek() === "") launch.project.value = projectOf(samples);
    say(`${samples.length.toLocaleString("en")} samples of ${name} are in the sheet`, "Undo takes them out again.");
    onClose();
  };
  return (
    <Dialog title={ngsRun ?? "Take samples from Benchling"} onClose={onClose}>
      {ngsRun === null ? (
        <NgsRuns onChoose={setNgsRun} />
      ) : (
        <Libraries key={ngsRun} ngsRun={ngsRun} onBack={() => setNgsRun(null)} onTake={(samples) => take(ngsRun, samples)} />
      )}
    </Dialog>
  );
}
