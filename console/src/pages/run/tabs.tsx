import type { JSX, TargetedMouseEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { RunResponse } from "../../../generated/api.ts";
import { RUN_TABS, type RunTab, runPath } from "../../router/address.ts";
import { navigate } from "../../router/navigation.ts";

const WORDS: Readonly<Record<RunTab, string>> = {
  overview: "Overview",
  tasks: "Tasks",
  timeline: "Timeline",
  efficiency: "Efficiency",
  cost: "Cost",
  compare: "Compare",
  log: "Log",
  files: "Files",
  inputs: "Inputs",
  history: "History",
};

/** Links, so that a tab can be opened in a new window and sent to somebody. */
export function RunTabs({ run, tab }: { readonly run: RunResponse; readonly tab: RunTab }): JSX.Element {
  const bar = useRef<HTMLElement>(null);
  useEffect(() => showCurrent(bar.current), [tab]);
  return (
    <nav class="tabs" aria-label="Parts of the run" ref={bar}>
      {RUN_TABS.map((one) => (
        <a key={one} href={runPath(run.run_id, one)} aria-current={one === tab ? "page" : undefined} onClick={stay}>
          {WORDS[one]}
          {one === "tasks" && run.metrics && <span class="count">{run.metrics.total.toLocaleString("en")}</span>}
        </a>
      ))}
    </nav>
  );
}

/** On a phone the bar is longer than the page is wide. */
function showCurrent(bar: HTMLElement | null): void {
  const link = bar?.querySelector<HTMLElement>("[aria-current]");
  if (bar && link) bar.scrollLeft = link.offsetLeft - bar.offsetLeft - (bar.clientWidth - link.offsetWidth) / 2;
}

/** Show another tab without moving to the top of the page and its heading. */
function stay(event: TargetedMouseEvent<HTMLAnchorElement>): void {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  navigate(event.currentTarget.getAttribute("href") ?? "", { stay: true });
}
