import type { JSX, TargetedMouseEvent } from "preact";
import type { RunResponse } from "../../../generated/api.ts";
import { RUN_TABS, type RunTab, runPath } from "../../router/address.ts";
import { navigate } from "../../router/navigation.ts";

const WORDS: Readonly<Record<RunTab, string>> = {
  overview: "Overview",
  tasks: "Tasks",
  timeline: "Timeline",
  efficiency: "Efficiency",
  compare: "Compare",
  log: "Log",
  files: "Files",
  inputs: "Inputs",
  history: "History",
};

/** Links, so that a tab can be opened in a new window and sent to somebody. */
export function RunTabs({ run, tab }: { readonly run: RunResponse; readonly tab: RunTab }): JSX.Element {
  return (
    <nav class="tabs" aria-label="Parts of the run">
      {RUN_TABS.map((one) => (
        <a key={one} href={runPath(run.run_id, one)} aria-current={one === tab ? "page" : undefined} onClick={stay}>
          {WORDS[one]}
          {one === "tasks" && run.metrics && <span class="count">{run.metrics.total.toLocaleString("en")}</span>}
        </a>
      ))}
    </nav>
  );
}

/** Show another tab without moving to the top of the page and its heading. */
function stay(event: TargetedMouseEvent<HTMLAnchorElement>): void {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  navigate(event.currentTarget.getAttribute("href") ?? "", { stay: true });
}
