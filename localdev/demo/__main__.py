"""`make demo`: show a run through the public address from submit to finish, and check everything that came of it.

SCENARIO=failure, cancel or recover shows one that does not go well, SCENARIO=benchling one that begins with what was
sequenced. It uses the stack that runs at the port, else
starts one of its own and stops it afterwards.
"""

import argparse
import sys
from contextlib import closing, nullcontext
from pathlib import Path

from localdev.demo.client import Api, DemoError
from localdev.demo.scenarios import FAILING_SAMPLES, SCENARIOS, Demo
from localdev.stack.environment import url
from localdev.stack.layout import StackError
from localdev.stack.ports import Ports
from localdev.stack.run import Stopped, arguments_of, stop_on_signals
from localdev.stack.stack import Stack


def demonstrate(ports: Ports, folder: Path, *, scenario: str = "success", failure: str = "out_of_memory") -> list[str]:
    """Everything; a sentence for each thing that is wrong, none when all is as it should be."""
    with closing(Api(url(ports.gateway))) as api:
        is_up = api.is_up()
        print(f"using the stack at {url(ports.gateway)}" if is_up else "starting the local stack", flush=True)
        with nullcontext() if is_up else Stack(ports, folder):
            return SCENARIOS[scenario](Demo(api, ports, failure))


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--scenario", choices=SCENARIOS, default="success", help="what happens to the run")
    parser.add_argument("--failure", choices=FAILING_SAMPLES, default="out_of_memory", help="why it fails, if it does")


def main() -> int:
    """The exit status: 0 only when all that was checked is right."""
    given = arguments_of("localdev.demo", _add_options)
    stop_on_signals()
    try:
        faults = demonstrate(Ports(given.port), given.state, scenario=given.scenario, failure=given.failure)
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
