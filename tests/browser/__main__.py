"""`make browser-test`: the journeys of console/journeys through the page, in a real Chromium.

They have a local stack of their own. It is not part of `make test`, because few machines have a browser.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from localdev.stack.environment import url
from localdev.stack.layout import StackError
from localdev.stack.ports import free_ports
from localdev.stack.stack import Stack
from tests.browser.large_run import LARGE_RUN, OWNER, store_large_run
from tools.console.build import build, journeys
from tools.console.chromium import NoBrowserError, chromium
from tools.console.packages import ConsoleFaultError, PackagesMissingError

_SPEED = "2"  # of the simulated pipeline; see localdev/nextflow_simulator/pace.py


def main(arguments: Sequence[str] | None = None) -> int:
    """Go through the journeys; return the exit status, 0 only when all have passed."""
    parser = argparse.ArgumentParser(prog="make browser-test", description=__doc__)
    parser.add_argument("journeys", nargs="*", help="parts of the names of files in console/journeys; all without any")
    parser.add_argument("--pictures", type=Path, help="the folder for a picture of each page in light, dark and phone")
    options = parser.parse_args(arguments)
    pictures = {"PICTURES": str(options.pictures.resolve())} if options.pictures else {}
    try:
        _go(pictures | {"CHROMIUM": str(chromium())}, options.journeys)
    except (NoBrowserError, PackagesMissingError, StackError, ConsoleFaultError) as error:
        print(f"browser-test: {error}", file=sys.stderr)
        return 1
    return 0


def _go(variables: dict[str, str], names: Sequence[str]) -> None:
    build()
    os.environ.setdefault("SIM_SPEED", _SPEED)
    with (
        tempfile.TemporaryDirectory() as folder,
        Stack(free_ports(), Path(folder)) as stack,
        ThreadPoolExecutor() as pool,
    ):
        storing = pool.submit(store_large_run, stack.database_url())  # the other journeys need not wait for it
        address = {"SLUICE_ADDRESS": url(stack.ports.gateway)}
        journeys(variables | address | {"LARGE_RUN": LARGE_RUN, "LARGE_RUN_OWNER": OWNER}, names)
        storing.result()


if __name__ == "__main__":
    sys.exit(main())
