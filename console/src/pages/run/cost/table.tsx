import type { JSX } from "preact";
import type { CostInfo, RunCostResponse } from "../../../../generated/api.ts";
import { apportioned, money, signOf, stepOf, timeWords } from "../../../rules/insight/cost.ts";

const [WIDTH, HEIGHT] = [120, 12];

interface Line {
  readonly key: string;
  readonly name: string;
  readonly title: string;
  readonly cost: CostInfo;
  readonly saved: CostInfo | null;
}

/** The head job and each process with its share of the total; what is shown adds up to it. */
export function CostTable({ cost }: { readonly cost: RunCostResponse }): JSX.Element {
  const total = cost.total.nano_dollars ?? 0;
  const lines = [headOf(cost), ...cost.processes.map(lineOf)];
  const shown = apportioned(total, lines.map((line) => line.cost.nano_dollars ?? 0), stepOf(total));
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label="Cost by process">
      <table class="plain-table">
        <thead>
          <tr>
            <th scope="col">Process</th>
            <th scope="col" class="number">Cost</th>
            <th scope="col" class="number">Attempts</th>
            <th scope="col" class="number">On machines</th>
            <th scope="col" class="number">Disks</th>
            <th scope="col" class="number">Saved</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line, place) => (
            <tr key={line.key}>
              <th scope="row" title={line.title}>{line.name}</th>
              <td class="number">
                {amountOf(line.cost, shown[place] ?? 0, total)} <Bar share={total === 0 ? 0 : (line.cost.nano_dollars ?? 0) / total} />
              </td>
              <td class="number">{line.cost.attempts.toLocaleString("en")}</td>
              <td class="number">{timeWords(line.cost)}</td>
              <td class="number">{line.cost.disks === 0 ? "–" : money(line.cost.disks, total)}</td>
              <td class="number">{savedOf(line.saved, total)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">All</th>
            <td class="number">
              {cost.total.nano_dollars === null ? "not known" : signOf(cost.total) + money(total)} <Bar share={total === 0 ? 0 : 1} />
            </td>
            <td class="number">{cost.total.attempts.toLocaleString("en")}</td>
            <td class="number">{timeWords(cost.total)}</td>
            <td class="number">{money(cost.total.disks, total)}</td>
            <td class="number">{savedOf(cost.saved, total)}</td>
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function amountOf(cost: CostInfo, shown: number, total: number): string {
  if (cost.nano_dollars === null) return "not known";
  if (cost.nano_dollars === 0) return "–";
  return signOf(cost) + money(shown === 0 ? 1 : shown, total); // less than a digit shows, and not nothing
}

function savedOf(saved: CostInfo | null, total: number): string {
  if (!saved || saved.attempts === 0) return "–";
  return saved.nano_dollars === null ? "not known" : signOf(saved) + money(saved.nano_dollars, total);
}

function headOf(cost: RunCostResponse): Line {
  return { key: "head job", name: "Nextflow itself", title: "The head job, which starts the tasks", cost: cost.head_job, saved: null };
}

function lineOf({ process, cost, saved }: RunCostResponse["processes"][number]): Line {
  const name = process === null ? "Tasks that no file names" : process.slice(process.lastIndexOf(":") + 1);
  return { key: `process ${process ?? ""}`, name, title: process ?? name, cost, saved };
}

/** A share of the total; its words stand beside it. */
function Bar({ share }: { readonly share: number }): JSX.Element {
  return (
    <svg class="use-plot cost-share" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <line class="use-axis" x1={0} x2={WIDTH} y1={HEIGHT - 1} y2={HEIGHT - 1} />
      <rect class="use-range" x={0} width={share === 0 ? 0 : Math.max(1, share * WIDTH)} y={2} height={8} rx={2} />
    </svg>
  );
}
