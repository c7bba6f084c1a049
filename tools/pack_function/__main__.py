"""Makes one zip per function: python -m tools.pack_function [--into FOLDER] [NAME …]."""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.pack_function.errors import PackError
from tools.pack_function.pack import functions_in, pack


def main(arguments: Sequence[str] | None = None) -> int:
    """Pack the functions named, or all; 1 when one of them cannot be packed."""
    parser = argparse.ArgumentParser(prog="python -m tools.pack_function", description=__doc__)
    parser.add_argument("functions", nargs="*", metavar="NAME", help="a folder in functions/; all when none is named")
    parser.add_argument("--into", type=Path, default=Path("dist"), metavar="FOLDER", help="where to (dist)")
    asked = parser.parse_args(arguments)
    for function in asked.functions or functions_in():
        try:
            print(_line_about(pack(function, asked.into)))
        except PackError as error:
            print(f"{function} cannot be packed: {error}", file=sys.stderr)
            return 1
    return 0


def _line_about(package: Path) -> str:
    content = package.read_bytes()
    return f"{package}  {len(content) / 1024:.0f} KiB  sha256 {hashlib.sha256(content).hexdigest()[:16]}"


if __name__ == "__main__":
    sys.exit(main())
