import type { JSX } from "preact";
import type { ComparedProcess, RunComparison } from "../../../../generated/api.ts";
import { causeWords, differenceWords } from "../../../rules/insight/comparison.ts";
import { duration } from "../../../rules/times.ts";

/** Processes that differ, with how long their tasks took: a picture beside the numbers. */
export function ProcessChanges({ found }: { readonly found: RunComparison }): JSX.Element {
  const longest = Math.max(1, ...found.processes.flatMap(({ before, after }) => [before?.duration_ms ?? 0, after?.duration_ms ?? 0]));
  return (
    <>
      {found.slower_together && <p>Most processes were slower than usual, so the reason is probably what they share, not one of them.</p>}
      <div class="scroll-x" tabIndex={0} role="region" aria-label="Processes that differ">
        <table class="plain-table">
          <thead>
            <tr>
              <th scope="col">Process</th>
              <th scope="col">What differs</th>
              <th scope="col" class="number">Other run</th>
              <th scope="col" class="number">This run</th>
              <th scope="col">
                <span class="visually-hidden">Picture</span>
              </th>
              <th scope="col" class="number">Usually</th>
            </tr>
          </thead>
          <tbody>
            {found.processes.map((process) => (
              <Row key={process.process} process={process} longest={longest} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Row({ process, longest }: { readonly process: ComparedProcess; readonly longest: number }): JSX.Element {
  const causes = causeWords(process);
  return (
    <tr>
      <th scope="row" title={process.process}>{process.process.slice(process.process.lastIndexOf(":") + 1)}</th>
      <td>
        {differenceWords(process)}
        {causes && <p class="quiet">because {causes}</p>}
      </td>
      <td class="number">{took(process.before?.duration_ms)}</td>
      <td class="number">{took(process.after?.duration_ms)}</td>
      <td>
        <DurationPlot before={process.before?.duration_ms ?? 0} after={process.after?.duration_ms ?? 0} longest={longest} />
      </td>
      <td class="number">{took(process.usual_ms)}</td>
    </tr>
  );
}

function took(ms: number | null | undefined): string {
  return ms === null || ms === undefined ? "–" : duration(ms);
}

const WIDTH = 120;

interface PlotProps {
  readonly before: number;
  readonly after: number;
  readonly longest: number;
}

/** The other run above this one. */
function DurationPlot({ before, after, longest }: PlotProps): JSX.Element {
  return (
    <svg class="use-plot" width={WIDTH} height={16} viewBox={`0 0 ${WIDTH} 16`} aria-hidden="true">
      <rect class="use-range" x={0} y={1} height={6} rx={1} width={(before / longest) * WIDTH} />
      <rect class="use-middle" x={0} y={9} height={6} rx={1} width={(after / longest) * WIDTH} />
    </svg>
  );
}
