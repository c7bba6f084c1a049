"""`make demo`: submit the example through the public address, follow it to the end, show it, and check it.

It uses the stack that runs at the port, else starts one of its own and stops it afterwards.
"""

import sys
import time
from contextlib import closing, nullcontext
from pathlib import Path

from localdev.demo_checks import wrong_log, wrong_states, wrong_tasks
from localdev.demo_client import Api, DemoError, StreamedEvent, object_in_bucket
from localdev.demo_report import event_line, log_table, run_table, task_table
from localdev.environment import ROOT, url
from localdev.errors import StackError
from localdev.layout import LOGS_BUCKET, Ports
from localdev.run import Stopped, arguments_of, stop_on_signals
from localdev.stack import Stack
from localdev.welcome import EXAMPLE

_PATIENCE_S = 600


def show_run(api: Api) -> tuple[str, list[StreamedEvent]]:
    """Submit the example and tell what happens to it; its id and its events."""
    run = api.submit((ROOT / EXAMPLE).read_bytes())
    run_id, samples = run["run_id"], run["sample_count"]
    print(f"\n{run_id}: {run['pipeline']} {run['pipeline_version']} with {samples} samples", flush=True)
    began, events = time.monotonic(), []
    for event in api.follow(run_id, patience_s=_PATIENCE_S):
        print(f"  {time.monotonic() - began:5.1f} s{event_line(event)}", flush=True)
        events.append(event)
    return run_id, events


def show_and_check(api: Api, storage: str, run_id: str, events: list[StreamedEvent]) -> list[str]:
    """Print the run, its tasks and its log; a sentence for each thing that is wrong."""
    run, tasks, entries = api.run(run_id), api.tasks(run_id), api.log_entries(run_id)
    print(f"\nThe run\n{run_table(run)}")
    print(f"\nIts {len(tasks)} tasks\n{task_table(tasks)}")
    print(f"\nThe end of its log of {len(entries)} entries\n{log_table(entries)}\n")
    if faults := list(wrong_states(run, events)):
        return faults  # a run that went wrong may have left no files to compare with
    trace, nextflow_log = (
        object_in_bucket(storage, LOGS_BUCKET, f"runs/{run_id}/logs/{name}") for name in ("trace.txt", "nextflow.log")
    )
    return [*wrong_tasks(tasks, trace), *wrong_log(entries, api.log_file(run_id), nextflow_log)]


def demonstrate(ports: Ports, folder: Path) -> list[str]:
    """Everything; a sentence for each thing that is wrong, none when all is as it should be."""
    with closing(Api(url(ports.gateway))) as api:
        is_up = api.is_up()
        print(f"using the stack at {url(ports.gateway)}" if is_up else "starting the local stack", flush=True)
        with nullcontext() if is_up else Stack(ports, folder):
            run_id, events = show_run(api)
            return show_and_check(api, url(ports.storage), run_id, events)


def main() -> int:
    """The exit status: 0 only when all that was checked is right."""
    arguments = arguments_of("localdev.demo")
    stop_on_signals()
    try:
        faults = demonstrate(Ports(arguments.port), arguments.state)
    except (StackError, DemoError) as error:
        faults = [str(error)]
    except Stopped:
        faults = ["stopped before the end"]
    for fault in faults:
        print(f"demo: {fault}", file=sys.stderr)
    if not faults:
        print("All as it should be: the states, the tasks of trace.txt, every record of nextflow.log.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
