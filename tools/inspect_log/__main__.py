"""Report what a nextflow.log or a trace.txt contains: python -m tools.inspect_log FILE [--json] [--year YEAR]."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.inspect_log.files import Kind, NotReadableError, kind_of
from tools.inspect_log.log_report import report_on_log
from tools.inspect_log.text import text_of_log, text_of_trace
from tools.inspect_log.trace_report import report_on_trace


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report; the exit status is 2 when the file cannot be read or is neither."""
    options = _parser().parse_args(arguments)
    try:
        print(_report(options.file, as_json=options.json, year=options.year), end="")
    except (NotReadableError, OSError) as error:
        print(f"{options.file}: {error}", file=sys.stderr)
        return 2
    return 0


def _report(path: Path, *, as_json: bool, year: int | None) -> str:
    if kind_of(path) == Kind.TRACE:
        trace = report_on_trace(path)
        return _json_text(trace.as_json()) if as_json else text_of_trace(trace)
    log = report_on_log(path, year=year)
    return _json_text(log.as_json()) if as_json else text_of_log(log)


def _json_text(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.inspect_log", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="a nextflow.log or a trace")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument(
        "--year", type=_year, help="the year of the log if it does not name it (default: from the file's date)"
    )
    return parser


def _year(text: str) -> int:
    year = int(text)
    if not 1970 <= year <= 9000:
        raise argparse.ArgumentTypeError(f"{year} is not a year between 1970 and 9000")
    return year


if __name__ == "__main__":
    sys.exit(main())
