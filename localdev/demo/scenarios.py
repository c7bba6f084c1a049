"""The scenarios of the demo: success, failure, cancel, recover, and a run made from Benchling data.

Each scenario submits a run through the public API, follows its events, prints the result, and returns one sentence for
each thing that is wrong.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from localdev.demo.benchling import library_table, small_complete_run, wrong_source
from localdev.demo.checks import (
    wrong_cancel,
    wrong_diagnosis,
    wrong_log,
    wrong_reuse,
    wrong_states,
    wrong_tasks,
)
from localdev.demo.client import Api, Json, StreamedEvent, live_jobs, object_in_bucket
from localdev.demo.report import diagnosis_table, event_line, log_table, plan_table, run_table, task_table
from localdev.stack.environment import ROOT, url
from localdev.stack.layout import LOGS_BUCKET, PARENT, RUNS_BUCKET
from localdev.stack.ports import Ports
from localdev.stack.secret import Login
from localdev.stack.welcome import EXAMPLE

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

    api: Api
    ports: Ports
    failure: str
    login: Login  # of the stand-ins

    def success(self) -> list[str]:
        """The example, from submit to completed."""
        run_id = self._submit(_example())
        events = self._follow(run_id)
        return self._show_and_check(run_id, events, "completed")

    def fail(self) -> list[str]:
        """The example with a sample that fails, and the diagnosis."""
        run_id, events = self._fail()
        run = self.api.run(run_id)
        faults = self._show_and_check(run_id, events, "failed")
        if run["diagnosis"]:
            print(f"Why it failed\n{diagnosis_table(run)}\n")
        return [*faults, *_wrong_failure(run, events, self.failure)]

    def cancel(self) -> list[str]:
        """The example, cancelled while tasks run."""
        run_id = self._submit(_example())
        self._wait_for_running_task(run_id)
        print(f"  cancelling the run: DELETE /api/runs/{run_id}")
        self.api.cancel(run_id)
        events = self._follow(run_id)
        faults = self._show_and_check(run_id, events, "cancelled")
        return [*faults, *wrong_cancel(events, live_jobs(url(self.ports.batch), PARENT, run_id, self.login))]

    def recover(self) -> list[str]:
        """A run that fails for lack of memory, recovered with more: finished tasks do not run again."""
        run_id, events = self._fail("out_of_memory")
        run = self.api.run(run_id)
        faults = [*wrong_states(run, events, "failed"), *_wrong_failure(run, events, "out_of_memory")]
        request = {"override_config": MORE_MEMORY, "notes": "more memory"}
        print(f"\nPlan of a recovery with {MORE_MEMORY.strip()!r}")
        print(plan_table(self.api.plan_recovery(run_id, request)))
        before, recovered = self.api.tasks(run_id), self.api.recover(run_id, request)["run_id"]
        print(f"\n{recovered} recovers {run_id}", flush=True)
        events = self._follow(recovered)
        faults += self._show_and_check(recovered, events, "completed")
        return [*faults, *wrong_reuse(before, self.api.tasks(recovered))]

    def from_benchling(self) -> list[str]:
        """From an NGS run in Benchling to a completed run: its libraries, their samplesheet, the run."""
        body = _example()
        ngs_run = small_complete_run(self.api.ngs_runs())
        name, samples = ngs_run["name"], self.api.samples(ngs_run["name"])
        print(f"\n{name}, sequenced on {samples['instrument']}\n{library_table(samples)}")
        sheet = self.api.samplesheet(name, body["pipeline_version"])
        source = {"source_ngs_runs": [name], "source_project": ngs_run["projects"][0]}
        run_id = self._submit(body | source | {"samplesheet_csv": sheet})
        events = self._follow(run_id)
        faults = self._show_and_check(run_id, events, "completed")
        sheet_name = f"runs/{run_id}/inputs/samplesheet.csv"
        stored = object_in_bucket(url(self.ports.storage), RUNS_BUCKET, sheet_name, self.login)
        found = [run["run_id"] for run in self.api.runs_of(name)]
        return [*faults, *wrong_source(self.api.run(run_id), samples, sheet=stored.decode(), found=found)]

    def _fail(self, failure: str | None = None) -> tuple[str, list[StreamedEvent]]:
        run_id = self._submit(_example(renamed=FAILING_SAMPLES[failure or self.failure]))
        return run_id, self._follow(run_id)

    def _submit(self, body: Json) -> str:
        run = self.api.submit(json.dumps(body).encode())
        run_id, samples = str(run["run_id"]), run["sample_count"]
        print(f"\n{run_id}: {run['pipeline']} {run['pipeline_version']} with {samples} samples", flush=True)
        return run_id

    def _follow(self, run_id: str) -> list[StreamedEvent]:
        """Print the events of a run until it ends; return them."""
        began, events = time.monotonic(), []
        for event in self.api.follow(run_id, patience_s=_PATIENCE_S):
            print(f"  {time.monotonic() - began:5.1f} s{event_line(event)}", flush=True)
            events.append(event)
        return events

    def _wait_for_running_task(self, run_id: str) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            if any(task["status"] == "RUNNING" for task in self.api.tasks(run_id)):
                return
            time.sleep(0.2)

    def _show_and_check(self, run_id: str, events: list[StreamedEvent], end: str) -> list[str]:
        """Print the run, its tasks and its log; return a sentence for each thing that is wrong."""
        run, tasks, entries = self.api.run(run_id), self.api.tasks(run_id), self.api.log_entries(run_id)
        print(f"\nThe run\n{run_table(run)}")
        print(f"\nIts {len(tasks)} tasks\n{task_table(tasks)}")
        print(f"\nThe last of its {len(entries)} log entries\n{log_table(entries)}\n")
        if faults := list(wrong_states(run, events, end)):
            return faults  # without the expected end there may be no files to compare with
        storage, folder = url(self.ports.storage), f"runs/{run_id}/logs"
        trace, nextflow_log = (
            object_in_bucket(storage, LOGS_BUCKET, f"{folder}/{name}", self.login)
            for name in ("trace.txt", "nextflow.log")
        )
        return [*wrong_tasks(tasks, trace), *wrong_log(entries, self.api.log_file(run_id), nextflow_log)]


SCENARIOS: Mapping[str, Callable[[Demo], list[str]]] = {
    "success": Demo.success,
    "failure": Demo.fail,
    "cancel": Demo.cancel,
    "recover": Demo.recover,
    "benchling": Demo.from_benchling,
}


def _wrong_failure(run: Json, events: list[StreamedEvent], failure: str) -> Iterator[str]:
    return wrong_diagnosis(run, events, cause=failure, sample=FAILING_SAMPLES[failure])


def _example(*, renamed: str = _SAMPLE) -> Json:
    """The request of the example, with one sample renamed to `renamed`."""
    body: Json = json.loads((ROOT / EXAMPLE).read_text())
    body["samplesheet_csv"] = body["samplesheet_csv"].replace(f"{_SAMPLE},", f"{renamed},")
    return body
