"""Build, check or test the page: python -m tools.console {build,check,test} [--required].

Where npm cannot be reached, it says so and the exit status is 0, because everything else works without the page.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Final

from tools.console.build import build, check, test
from tools.console.packages import ConsoleFaultError, PackagesMissingError

_STEPS: Final = {
    "build": (build, "goes on without the page"),
    "check": (check, "leaves out the checks of the page"),
    "test": (test, "leaves out the tests of the page"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one step; the exit status is 1 when the page has a fault, or its packages are `--required` and missing."""
    parser = argparse.ArgumentParser(prog="python -m tools.console", description=__doc__)
    parser.add_argument("step", choices=_STEPS)
    parser.add_argument("--required", action="store_true", help="fail when npm cannot install the packages")
    options = parser.parse_args(arguments)
    step, without = _STEPS[options.step]
    try:
        step()
    except PackagesMissingError as error:
        remedy = "Connect to the internet, or set `registry` in ~/.npmrc, and call make again."
        print(f"sluice: {error}; make {without}. {remedy}", file=sys.stderr, flush=True)
        return 1 if options.required else 0
    except ConsoleFaultError as error:
        print(f"sluice: {error}; the lines above say what is wrong in console/", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
