import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { RunResponse, TimelineResponse } from "../../../../generated/api.ts";
import { POLL_EVERY_MS } from "../../../net/poll.ts";
import { api, fresh, ifChanged } from "../../../api/client.ts";
import { changeQuery, query } from "../../../router/navigation.ts";
import { stateOf } from "../../../rules/run_state.ts";
import { type Lane, type Span, lanesOf, moved, wholeSpan, within, zoomed } from "../../../rules/timeline.ts";
import { duration } from "../../../rules/times.ts";
import { Empty, ErrorNotice, StaleNotice } from "../../../ui/notices.tsx";
import { usePolled } from "../../../ui/polled.ts";
import { TimelineCanvas } from "./canvas.tsx";
import { LaneTable } from "./table.tsx";

const BINS = 600;
const LIVE_EVERY_MS = 3 * POLL_EVERY_MS; // it counts as a search

/** When the tasks of each process waited and ran; the part that is shown is in the address. */
export function TimelineTab({ run }: { readonly run: RunResponse }): JSX.Element {
  const isOver = stateOf(run).isFinal;
  const poller = usePolled(
    { thing: run.run_id, view: String(isOver) },
    (etag, signal) =>
      fresh(
        api.GET("/api/runs/{run_id}/tasks/timeline", {
          params: { path: { run_id: run.run_id }, query: { bins: BINS } },
          headers: ifChanged(etag),
          signal,
        }),
      ),
    isOver ? null : LIVE_EVERY_MS,
  );
  const timeline = poller.value.value;
  if (!timeline) {
    if (poller.error.value) return <ErrorNotice error={poller.error.value} onRetry={() => poller.refresh()} />;
    return <p role="status">Loading the timeline …</p>;
  }
  if (!timeline.start) {
    return (
      <Empty title="No times yet">
        <p>{isOver ? "No task of this run was started." : "The timeline begins with the first task."}</p>
      </Empty>
    );
  }
  return (
    <>
      <StaleNotice error={poller.error.value} />
      <Shown timeline={timeline} />
    </>
  );
}

function Shown({ timeline }: { readonly timeline: TimelineResponse }): JSX.Element {
  const lanes = useMemo(() => lanesOf(timeline), [timeline]);
  const whole = wholeSpan(timeline);
  const shown = spanIn(query.value, whole);
  return (
    <div class="stack-tight">
      <Controls whole={whole} shown={shown} lanes={lanes} />
      <TimelineCanvas lanes={lanes} binMs={timeline.bin_ms} shown={shown} onChoose={(from, to) => show(whole, within(whole, from, to))} />
      <LaneTable lanes={lanes} binMs={timeline.bin_ms} />
    </div>
  );
}

function spanIn(asked: URLSearchParams, whole: Span): Span {
  const number = (name: string): number => Number.parseInt(asked.get(name) ?? "", 10);
  const [from, to] = [number("from"), number("to")];
  return Number.isNaN(from) || Number.isNaN(to) ? whole : within(whole, from, to);
}

function show(whole: Span, span: Span): void {
  const isAll = span.from === whole.from && span.to === whole.to;
  changeQuery({ from: isAll ? null : String(Math.round(span.from)), to: isAll ? null : String(Math.round(span.to)) }, { replace: true });
}

interface ControlsProps {
  readonly whole: Span;
  readonly shown: Span;
  readonly lanes: readonly Lane[];
}

/** The twins of dragging, for the keyboard and for those who cannot drag. */
function Controls({ whole, shown, lanes }: ControlsProps): JSX.Element {
  const isWhole = shown.from === whole.from && shown.to === whole.to;
  const hasBars = lanes.some((lane) => lane.lines > 0);
  return (
    <div class="filters-row">
      <span class="legend">
        <span class="legend-waits" aria-hidden="true" /> waited
      </span>
      <span class="legend">
        <span class="legend-runs" aria-hidden="true" /> ran
      </span>
      {hasBars && (
        <span class="legend">
          <span class="legend-failed" aria-hidden="true" /> failed
        </span>
      )}
      <span class="chips">
        <Control words="Closer" isOff={false} onPress={() => show(whole, zoomed(whole, shown, 0.5))} />
        <Control words="Farther" isOff={isWhole} onPress={() => show(whole, zoomed(whole, shown, 2))} />
        <Control words="Earlier" isOff={shown.from <= whole.from} onPress={() => show(whole, moved(whole, shown, -0.5))} />
        <Control words="Later" isOff={shown.to >= whole.to} onPress={() => show(whole, moved(whole, shown, 0.5))} />
        <Control words="All" isOff={isWhole} onPress={() => show(whole, whole)} />
      </span>
      <span class="quiet small" role="status">
        {isWhole ? `${duration(whole.to)} in all; drag to look closer` : `${duration(shown.from)} to ${duration(shown.to)} after the start`}
      </span>
    </div>
  );
}

function Control({ words, isOff, onPress }: { readonly words: string; readonly isOff: boolean; onPress(): void }): JSX.Element {
  return (
    <button type="button" class="button" disabled={isOff} onClick={onPress}>
      {words}
    </button>
  );
}
