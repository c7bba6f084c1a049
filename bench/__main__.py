"""Measure the performance figures: `python -m bench [BENCH…]`.

Prints the figures with their goals and writes bench/results.json. A missed goal or a failed bench is reported, but the
command still succeeds.
"""

import argparse
import importlib.util
import json
import time
from collections.abc import Sequence
from pathlib import Path

from bench.harness.figures import Figure, as_results, as_table
from bench.harness.isolation import measured

PACKAGE = "bench"
# The modules with `measure() -> list[Figure]`; a bench that is a package has it in its module `measure`.
BENCHES = (
    "run_lists",
    "pages",
    "live_events",
    "task_viewers",
    "log_archive",
    "ingest",
    "notice",
    "log_pages",
    "growth.row_sizes",
    "growth.year",
    "growth.migration",
    "alike_tasks",
    "sync_requests",
    "insight.cost",
    "insight.search",
    "samplesheet",
    "coldstart",
    "benchling",
    "cost_counts",
    "freshness",
    "console",
    "client",
)
RESULTS = Path(__file__).with_name("results.json")


def module_of(bench: str) -> str:
    """The name of the module that measures a bench."""
    module = f"{PACKAGE}.{bench}"
    found = importlib.util.find_spec(module)
    return f"{module}.measure" if found and found.submodule_search_locations else module


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "benches", nargs="*", metavar="BENCH", help=f"one or more of {', '.join(BENCHES)} (default: all)"
    )
    selected = parser.parse_args(arguments).benches or BENCHES
    if unknown := set(selected) - set(BENCHES):
        parser.error(f"unknown bench: {', '.join(sorted(unknown))}")
    figures: list[Figure] = []
    for bench in selected:
        started = time.monotonic()
        figures += measured(module_of(bench))
        print(f"{bench}: {time.monotonic() - started:.0f} s", flush=True)
    RESULTS.write_text(json.dumps(as_results(figures), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(as_table(figures))


if __name__ == "__main__":
    main()
