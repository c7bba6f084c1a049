import type { JSX } from "preact";
import type { Lane } from "../../../rules/timeline.ts";
import { duration } from "../../../rules/times.ts";

interface Props {
  readonly lanes: readonly Lane[];
  readonly binMs: number;
}

/** The picture in words, for those who cannot see it. */
export function LaneTable({ lanes, binMs }: Props): JSX.Element {
  return (
    <details class="more">
      <summary>The timeline as a table</summary>
      <div class="scroll-x" tabIndex={0} role="region" aria-label="The timeline as a table">
        <table class="plain-table">
          <thead>
            <tr>
              <th scope="col">Process</th>
              <th scope="col" class="number">Began after</th>
              <th scope="col" class="number">Ended after</th>
              <th scope="col" class="number">Most waiting</th>
              <th scope="col" class="number">Most running</th>
            </tr>
          </thead>
          <tbody>
            {lanes.map(({ process, counts }) => (
              <tr key={process}>
                <th scope="row">{process}</th>
                <td class="number">{duration((counts.bins[0] ?? 0) * binMs)}</td>
                <td class="number">{duration((counts.bins.at(-1) ?? 0) * binMs)}</td>
                <td class="number">{mostOf(counts.queued)}</td>
                <td class="number">{mostOf(counts.running)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function mostOf(counts: readonly number[]): string {
  return counts.reduce((most, count) => Math.max(most, count), 0).toLocaleString("en");
}
