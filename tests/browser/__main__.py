"""`make browser-test`: the journeys of console/journeys through the page, in a real Chromium.

They have a local stack of their own. It is not part of `make test`, because few machines have a browser.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from localdev.stack.environment import url
from localdev.stack.layout import StackError
from localdev.stack.ports import free_ports
from localdev.stack.stack import Stack
from tools.console.build import build, journeys
from tools.console.chromium import NoBrowserError, chromium
from tools.console.packages import ConsoleFaultError, PackagesMissingError

_SPEED = "2"  # of the simulated pipeline; see localdev/nextflow_simulator/pace.py


def main(arguments: Sequence[str] | None = None) -> int:
    """Go through the journeys; return the exit status, 0 only when all have passed."""
    parser = argparse.ArgumentParser(prog="make browser-test", description=__doc__)
    parser.add_argument("journeys", nargs="*", help="parts of the names of files in console/journeys; all without any")
    names: list[str] = parser.parse_args(arguments).journeys
    try:
        variables = {"CHROMIUM": str(chromium())}
        build()
        os.environ.setdefault("SIM_SPEED", _SPEED)
        with tempfile.TemporaryDirectory() as folder, Stack(free_ports(), Path(folder)) as stack:
            journeys(variables | {"SLUICE_ADDRESS": url(stack.ports.gateway)}, names)
    except (NoBrowserError, PackagesMissingError, StackError, ConsoleFaultError) as error:
        print(f"browser-test: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
