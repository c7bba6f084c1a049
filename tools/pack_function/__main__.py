"""Make one zip per function: python -m tools.pack_function [--into FOLDER] [NAME …]."""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.console.build import build
from tools.console.packages import ConsoleFaultError, PackagesMissingError
from tools.pack_function.imports import PackError
from tools.pack_function.pack import functions_in, pack


def main(arguments: Sequence[str] | None = None) -> int:
    """Pack the functions named, or all; the exit status is 1 when one cannot be packed."""
    parser = argparse.ArgumentParser(prog="python -m tools.pack_function", description=__doc__)
    parser.add_argument("functions", nargs="*", metavar="NAME", help="a folder in functions/; default: all")
    parser.add_argument(
        "--into", type=Path, default=Path("dist"), metavar="FOLDER", help="folder of the zips (default: dist)"
    )
    options = parser.parse_args(arguments)
    for function in options.functions or functions_in():
        try:
            if function == "console":
                build()
            print(_summary(pack(function, options.into)))
        except (PackError, PackagesMissingError, ConsoleFaultError) as error:
            print(f"{function} cannot be packed: {error}", file=sys.stderr)
            return 1
    return 0


def _summary(package: Path) -> str:
    content = package.read_bytes()
    return f"{package}  {len(content) / 1024:.0f} KiB  sha256 {hashlib.sha256(content).hexdigest()[:16]}"


if __name__ == "__main__":
    sys.exit(main())
