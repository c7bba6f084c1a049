"""The scenarios of the demo: success, failure, cancel, recover, and a run made from Benchling data.

Each scenario submits a run with the Python client, follows its events, prints the result, and returns one sentence for
each thing that is wrong.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from localdev.demo.benchling import library_table, small_complete_run, wrong_source
from localdev.demo.checks import (
    wrong_cancel,
    wrong_diagnosis,
    wrong_log,
    wrong_reuse,
    wrong_states,
    wrong_tasks,
)
from localdev.demo.client import DemoError, Json, live_jobs, object_in_bucket, submitted
from localdev.demo.report import diagnosis_table, event_line, log_table, plan_table, run_table, task_table
from localdev.stack.environment import ROOT, url
from localdev.stack.layout import LOGS_BUCKET, PARENT, RUNS_BUCKET
from localdev.stack.ports import Ports
from localdev.stack.secret import Login
from localdev.stack.welcome import EXAMPLE
from sluice.client import Sluice
from sluice.run import Run
from sluice.sse import StreamEvent

# The sample name with which the simulator fails for each cause (localdev/nextflow_simulator/pipeline/failures.py).
FAILING_SAMPLES: Mapping[str, str] = {
    "out_of_memory": "fail_oom",
    "missing_output": "fail_missing_output",
    "command_failed": "fail_exit",
    "disk_full": "fail_disk_full",
}
MORE_MEMORY = "process { withName: STAR_ALIGN { memory = { 240.GB * task.attempt } } }\n"
_SAMPLE = "marrow_donor2"  # a sample of the example; failing scenarios rename it
_PATIENCE_S = 600


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo on one stack; `failure` is the cause in the failure scenario."""

    sluice: Sluice
    ports: Ports
    failure: str
    login: Login  # of the stand-ins

    def success(self) -> list[str]:
        """The example, from submit to completed."""
        run = self._submit(_example())
        return self._show_and_check(run, _follow(run), "completed")

    def fail(self) -> list[str]:
        """The example with a sample that fails, and the diagnosis."""
        run = self._submit(_example(renamed=FAILING_SAMPLES[self.failure]))
        events = _follow(run)
        faults, failed = self._show_and_check(run, events, "failed"), run.info().raw
        if failed["diagnosis"]:
            print(f"Why it failed\n{diagnosis_table(failed)}\n")
        return [*faults, *_wrong_failure(failed, events, self.failure)]

    def cancel(self) -> list[str]:
        """The example, cancelled while tasks run."""
        run = self._submit(_example())
        _wait_for_running_task(run)
        print(f"  cancelling the run: sluice cancel {run.id}")
        run.cancel()
        events = _follow(run)
        faults = self._show_and_check(run, events, "cancelled")
        return [*faults, *wrong_cancel(events, live_jobs(url(self.ports.batch), PARENT, run.id, self.login))]

    def recover(self) -> list[str]:
        """A run that fails for lack of memory, recovered with more: finished tasks do not run again."""
        run = self._submit(_example(renamed=FAILING_SAMPLES["out_of_memory"]))
        events = _follow(run)
        failed = run.info().raw
        faults = [*wrong_states(failed, events, "failed"), *_wrong_failure(failed, events, "out_of_memory")]
        request = {"override_config": MORE_MEMORY, "notes": "more memory"}
        print(f"\nPlan of a recovery with {MORE_MEMORY.strip()!r}")
        print(plan_table(run.plan_recovery(request).raw))
        before, recovered = _tasks_of(run), run.recover(request)
        print(f"\n{recovered.id} recovers {run.id}", flush=True)
        faults += self._show_and_check(recovered, _follow(recovered), "completed")
        return [*faults, *wrong_reuse(before, _tasks_of(recovered))]

    def from_benchling(self) -> list[str]:
        """From an NGS run in Benchling to a completed run: its libraries, their samplesheet, the run."""
        api, body = self.sluice.api, _example()
        ngs_run = small_complete_run(found for page in api.pages("/api/benchling/runs") for found in page["runs"])
        name = ngs_run["name"]
        samples = api.get(f"/api/benchling/runs/{quote(name, safe='')}/samples")
        print(f"\n{name}, sequenced on {samples['instrument']}\n{library_table(samples)}")
        sheet = self.sluice.sheet_from_benchling(name, version=body["pipeline_version"], complete=True)
        source = {"source_ngs_runs": [name], "source_project": ngs_run["projects"][0]}
        run = self._submit(body | source | {"samplesheet_csv": sheet})
        faults = self._show_and_check(run, _follow(run), "completed")
        sheet_name = f"runs/{run.id}/inputs/samplesheet.csv"
        stored = object_in_bucket(url(self.ports.storage), RUNS_BUCKET, sheet_name, self.login)
        found = [one["run_id"] for one in api.get("/api/runs", {"source_ngs_run": name})["runs"]]
        return [*faults, *wrong_source(run.info().raw, samples, sheet=stored.decode(), found=found)]

    def _submit(self, body: dict[str, Any]) -> Run:
        run = submitted(self.sluice, body)
        made, samples = run.created, run.created["sample_count"]
        print(f"\n{run.id}: {made['pipeline']} {made['pipeline_version']} with {samples} samples", flush=True)
        return run

    def _show_and_check(self, run: Run, events: list[StreamEvent], end: str) -> list[str]:
        """Print the run, its tasks and its log; return a sentence for each thing that is wrong."""
        info, tasks, entries = run.info().raw, _tasks_of(run), [entry.raw for entry in run.log()]
        print(f"\nThe run\n{run_table(info)}")
        print(f"\nIts {len(tasks)} tasks\n{task_table(tasks)}")
        print(f"\nThe last of its {len(entries)} log entries\n{log_table(entries)}\n")
        if faults := list(wrong_states(info, events, end)):
            return faults  # without the expected end there may be no files to compare with
        storage, folder = url(self.ports.storage), f"runs/{run.id}/logs"
        trace, nextflow_log = (
            object_in_bucket(storage, LOGS_BUCKET, f"{folder}/{name}", self.login)
            for name in ("trace.txt", "nextflow.log")
        )
        served = self.sluice.api.transport.send(
            "GET", f"/api/runs/{run.id}/logs", headers={"Accept": "text/plain"}, repeatable=True
        )
        return [*wrong_tasks(tasks, trace), *wrong_log(entries, served.content, nextflow_log)]


SCENARIOS: Mapping[str, Callable[[Demo], list[str]]] = {
    "success": Demo.success,
    "failure": Demo.fail,
    "cancel": Demo.cancel,
    "recover": Demo.recover,
    "benchling": Demo.from_benchling,
}


def _follow(run: Run) -> list[StreamEvent]:
    """Print the events of a run until it ends; return them. Raises TimedOut if it does not end in time."""
    began, events = time.monotonic(), []
    for event in run.events(from_the_start=True, deadline=began + _PATIENCE_S):
        print(f"  {time.monotonic() - began:5.1f} s{event_line(event)}", flush=True)
        events.append(event)
    return events


def _wait_for_running_task(run: Run) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not any(run.tasks(status="RUNNING")):
        if time.monotonic() > deadline:
            raise DemoError(f"no task of {run.id} was running within {_PATIENCE_S} s")
        time.sleep(0.2)


def _tasks_of(run: Run) -> list[Json]:
    return [task.raw for task in run.tasks()]


def _wrong_failure(run: Json, events: list[StreamEvent], failure: str) -> Iterator[str]:
    return wrong_diagnosis(run, events, cause=failure, sample=FAILING_SAMPLES[failure])


def _example(*, renamed: str = _SAMPLE) -> dict[str, Any]:
    """The request of the example, with one sample renamed to `renamed`."""
    body: dict[str, Any] = json.loads((ROOT / EXAMPLE).read_text())
    body["samplesheet_csv"] = body["samplesheet_csv"].replace(f"{_SAMPLE},", f"{renamed},")
    return body
