"""Measures the figures of the design: `python -m bench [BENCH…]`.

Prints them with their goals and writes bench/results.json. Figures are facts, not tests: a goal that is missed, or a
bench that breaks, is reported and fails nothing.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

from bench.harness.figures import Figure, as_results, as_table
from bench.harness.isolation import measured

PACKAGE = "bench"
# Its modules that have `measure() -> list[Figure]`.
BENCHES = (
    "run_lists",
    "get_run",
    "live_events",
    "log_archive",
    "ingest",
    "log_pages",
    "samplesheet",
    "coldstart",
    "benchling",
    "cost_counts",
)
RESULTS = Path(__file__).with_name("results.json")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("benches", nargs="*", metavar="BENCH", help=f"some of {', '.join(BENCHES)}; all by default")
    wanted = parser.parse_args(arguments).benches or BENCHES
    if unknown := set(wanted) - set(BENCHES):
        parser.error(f"there is no bench {', '.join(sorted(unknown))}")
    figures: list[Figure] = []
    for bench in wanted:
        started = time.monotonic()
        figures += measured(f"{PACKAGE}.{bench}")
        print(f"{bench}: {time.monotonic() - started:.0f} s", flush=True)
    RESULTS.write_text(json.dumps(as_results(figures), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(as_table(figures))


if __name__ == "__main__":
    main()
