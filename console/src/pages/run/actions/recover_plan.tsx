import type { JSX } from "preact";
import type { RecoveryPlan } from "../../../../generated/api.ts";
import { Moment } from "../../../ui/time.tsx";

const SHOWN = 50;

/** What is reused, what is done again, and until when that holds. */
export function Plan({ plan, isOld }: { readonly plan: RecoveryPlan; readonly isOld: boolean }): JSX.Element {
  const again = plan.tasks.filter((task) => !task.reused);
  return (
    <section class={isOld ? "stack-tight is-old" : "stack-tight"} aria-busy={isOld} aria-label="The plan">
      <ul class="tiles">
        <li class="tile">
          <span>Reused</span>
          <strong class="number">{plan.reused_count.toLocaleString("en")}</strong>
        </li>
        <li class="tile">
          <span>Run again</span>
          <strong class="number">{plan.run_again_count.toLocaleString("en")}</strong>
        </li>
      </ul>
      {plan.work_dir_expires_at && (
        <p class="quiet">
          What has finished can be reused until <Moment at={plan.work_dir_expires_at} />.
        </p>
      )}
      {!plan.reused_work_dir && <p>Nothing is reused: the run starts from the beginning.</p>}
      {plan.warnings.map((warning) => (
        <p class="tone-warn" key={warning.message}>
          {warning.row !== null && `Line ${warning.row}: `}
          {warning.message}
        </p>
      ))}
      {again.length > 0 && (
        <details class="more">
          <summary>Tasks that run again</summary>
          <ul class="names">
            {again.slice(0, SHOWN).map((task, index) => (
              <li key={index}>{task.name}</li>
            ))}
            {plan.run_again_count > SHOWN && <li class="quiet">and {(plan.run_again_count - SHOWN).toLocaleString("en")} more</li>}
          </ul>
        </details>
      )}
      <p class="quiet small">Tasks that depend on a changed parameter or config run again as well; Nextflow finds out which.</p>
    </section>
  );
}
