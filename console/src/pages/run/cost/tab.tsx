import type { JSX } from "preact";
import type { RunCostResponse, RunResponse } from "../../../../generated/api.ts";
import { api, fresh, ifChanged } from "../../../api/client.ts";
import { amountWords, basisWords, savedWords, unknownWords } from "../../../rules/insight/cost.ts";
import { stateOf } from "../../../rules/run_state.ts";
import { Empty, ErrorNotice, StaleNotice } from "../../../ui/notices.tsx";
import { usePolled } from "../../../ui/polled.ts";
import { CostTable } from "./table.tsx";
import { ExpensiveTasks } from "./tasks.tsx";

const EVERY_MS = 60_000; // while the run goes on

/** What the machines of a run cost, by process. */
export function CostTab({ run }: { readonly run: RunResponse }): JSX.Element {
  const isOver = stateOf(run).isFinal;
  const poller = usePolled(
    { thing: run.run_id, view: String(isOver) },
    (etag, signal) =>
      fresh(api.GET("/api/runs/{run_id}/cost", { params: { path: { run_id: run.run_id } }, headers: ifChanged(etag), signal })),
    isOver ? null : EVERY_MS,
  );
  const cost = poller.value.value;
  if (!cost) {
    if (poller.error.value) return <ErrorNotice error={poller.error.value} onRetry={() => poller.refresh()} />;
    return <p role="status">Loading what the run cost …</p>;
  }
  return (
    <div class="stack">
      <StaleNotice error={poller.error.value} />
      {cost.summed_at === null ? <NotYet isOver={isOver} /> : <Found cost={cost} isOver={isOver} />}
      {cost.summed_at !== null && <ExpensiveTasks cost={cost} />}
    </div>
  );
}

function NotYet({ isOver }: { readonly isOver: boolean }): JSX.Element {
  return (
    <Empty title="Nothing is known yet">
      <p>{isOver ? "No machine of this run was recorded." : "What a task cost is known when it has ended and its machine was read from Cloud Batch."}</p>
    </Empty>
  );
}

function Found({ cost, isOver }: { readonly cost: RunCostResponse; readonly isOver: boolean }): JSX.Element {
  const missing = unknownWords(cost);
  const { total, saved } = cost;
  return (
    <section class="panel" aria-labelledby="cost">
      <h2 id="cost">
        {isOver ? "Estimated cost" : "Estimated cost so far"}: {amountWords(total)}
      </h2>
      <p class="quiet">
        {basisWords(cost)} Network, storage and discounts are left out.
        {` ${savedWords(saved)}`}
      </p>
      {missing.length > 0 && <p role="note">Not known: {missing.join("; ")}.</p>}
      <CostTable cost={cost} />
    </section>
  );
}
