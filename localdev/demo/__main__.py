"""`make demo`: submit a run with the Python client, follow it to its end, and check the result.

SCENARIO=failure shows a run that fails, cancel one that is cancelled, recover one that fails and is recovered, and
benchling one whose samplesheet comes from Benchling. The demo uses the stack that listens on PORT; when there is none,
it starts its own and stops it at the end.
"""

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path

from localdev.demo.client import DemoError, connected, require_answer
from localdev.demo.scenarios import FAILING_SAMPLES, SCENARIOS, Demo
from localdev.stack.environment import url
from localdev.stack.layout import Folders, StackError
from localdev.stack.ports import Ports, is_free, running_ports
from localdev.stack.run import Stopped, arguments_of, stop_on_signals
from localdev.stack.secret import Login, StackSecret
from localdev.stack.stack import Stack
from sluice.errors import SluiceError


def demonstrate(ports: Ports, folder: Path, *, scenario: str = "success", failure: str = "out_of_memory") -> list[str]:
    """Run a scenario and return one sentence for each thing that is wrong."""
    is_up = not is_free(ports.gateway)
    _check_folder(folder, ports, is_up=is_up)
    print(f"Using the stack at {url(ports.gateway)}." if is_up else "Starting a local stack for the demo…", flush=True)
    with (
        nullcontext() if is_up else Stack(ports, folder),
        connected(url(ports.gateway), Folders(folder).client) as sluice,
    ):
        require_answer(sluice)
        return SCENARIOS[scenario](Demo(sluice, ports, failure, _login_of(folder)))


def _check_folder(folder: Path, ports: Ports, *, is_up: bool) -> None:
    """Raise DemoError when `folder` belongs to a stack on other ports, which says where that is."""
    others = running_ports(folder)
    if others is not None and others != ports:
        there = "another stack listens there" if is_up else "no stack listens there"
        raise DemoError(
            f"PORT is {ports.gateway}, but {there}; the stack with its data in {folder} runs at PORT={others.gateway}: "
            f"add PORT={others.gateway} to the make command, or stop that stack"
        )


def _login_of(folder: Path) -> Login:
    """The login of the stand-ins of the stack that uses `folder`."""
    secret = StackSecret.existing(Folders(folder).keys)
    if secret is None:
        raise DemoError(f"the running stack does not keep its data in {folder}; start the demo with --state FOLDER")
    return secret.login


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--scenario", choices=SCENARIOS, default="success", help="what the demo shows")
    parser.add_argument(
        "--failure",
        choices=FAILING_SAMPLES,
        help="why the scenario failure fails; out_of_memory when it is not given",
    )


def main() -> int:
    """Run the demo; return the exit status, 0 only when every check passed."""
    arguments = arguments_of("localdev.demo", _add_options)
    scenario, failure = arguments.scenario, arguments.failure
    if failure and scenario != "failure":
        print(f"demo: FAILURE={failure} needs SCENARIO=failure, not {scenario}", file=sys.stderr)
        return 2
    stop_on_signals()
    try:
        faults = demonstrate(
            Ports(arguments.port), arguments.state, scenario=scenario, failure=failure or "out_of_memory"
        )
    except (StackError, DemoError) as error:
        faults = [str(error)]
    except SluiceError as error:
        faults = [f"{error.message}; {Folders(arguments.state).telemetry} has the log of each part"]
    except Stopped:
        faults = ["stopped before the run ended"]
    for fault in faults:
        print(f"demo: {fault}", file=sys.stderr)
    if not faults:
        print("Everything matches: the states of the run, the tasks of trace.txt, every record of nextflow.log.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
