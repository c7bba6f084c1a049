"""console.*: the page in a real Chromium against a local stack, with a run of 100,000 tasks and 1,000,000 log entries.

console/bench drives the browser with Node.js; the goals are the budgets of the page. Without a Chromium, or when a part
fails, its figures are reported as not measured.
"""

import json
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from bench.harness.databases import engine_on
from bench.harness.figures import Figure
from bench.harness.seeding import LIVE_RUNS, id_of_run, seed_runs
from bench.log_pages import store_log, store_tasks, vacuum
from common.domain.runs.status import RunStatus
from common.services.runs.store import RunStoreService
from localdev.stack.environment import ROOT, url
from localdev.stack.layout import ADMIN
from localdev.stack.ports import free_ports
from localdev.stack.stack import Stack
from localdev.stack.welcome import EXAMPLE
from tools.console.build import FOLDER, build
from tools.console.chromium import NoBrowserError, chromium
from tools.console.packages import Console, ConsoleFaultError, PackagesMissingError

TASKS, ENTRIES, IDLE_TASKS = 100_000, 1_000_000, 100
LARGE_RUN, IDLE_RUN, OTHER_LARGE_RUN = (id_of_run(LIVE_RUNS + number) for number in range(3))  # those that are running

_SCRIPT: Final = "bench/main.ts"
_PATIENCE_S: Final = 900  # for one part


class Goal(NamedTuple):
    """The largest value of a figure."""

    most: float
    unit: str


# By the part of console/bench that measures them.
GOALS: Final[Mapping[str, Mapping[str, Goal]]] = {
    "loads": {
        "console.first_load_kb": Goal(90, "kB"),
        "console.largest_route_kb": Goal(150, "kB"),
        "console.lcp_ms": Goal(1_000, "ms"),
        "console.cls": Goal(0.1, ""),
        "console.inp_ms": Goal(100, "ms"),
    },
    "tasks": {
        "console.tasks.script_p95_ms": Goal(16, "ms"),
        "console.tasks.elements": Goal(1_500, "elements"),
        "console.tasks.heap_mb": Goal(150, "MB"),
        "console.tasks.jump_ms": Goal(1_000, "ms"),
    },
    "log": {
        "console.log.script_p95_ms": Goal(16, "ms"),
        "console.log.elements": Goal(1_500, "elements"),
        "console.log.heap_mb": Goal(150, "MB"),
        "console.log.entries_kept": Goal(5_000, "entries"),
        "console.log.end_ms": Goal(1_000, "ms"),
    },
    "sheet": {"console.sheet.paste_ms": Goal(1_000, "ms"), "console.sheet.key_ms": Goal(50, "ms")},
    "events": {"console.event_to_paint_p95_ms": Goal(250, "ms")},
    "stream": {"console.stream.lost_or_repeated": Goal(0, "entries")},
    "idle": {
        "console.idle.requests_per_minute": Goal(12, "requests"),
        "console.idle.streams": Goal(1, "streams"),
        "console.hidden.requests_per_minute": Goal(0, "requests"),
    },
}


def measure() -> list[Figure]:
    """All figures of the page."""
    try:
        browser = chromium()
        build()
    except (NoBrowserError, PackagesMissingError) as error:
        print(f"console: {error}", file=sys.stderr, flush=True)
        return [figure for part in GOALS for figure in not_measured(part, str(error))]
    with _stack() as job:
        job |= {"chromium": str(browser)}
        return [figure for part in GOALS for figure in figures_of(part, job)]


def figures_of(part: str, job: Mapping[str, str]) -> list[Figure]:
    """The figures of one part, in a browser of its own."""
    try:
        answer = Console(FOLDER).ask(_SCRIPT, part, given=json.dumps(job), timeout_s=_PATIENCE_S)
    except ConsoleFaultError as error:
        return not_measured(part, str(error))
    found: Mapping[str, Mapping[str, Any]] = json.loads(answer)
    return [_figure(name, goal, **found[name]) for name, goal in GOALS[part].items()]


def not_measured(part: str, why: str) -> list[Figure]:
    """The figures of a part without values."""
    return [_figure(name, goal, None, f"not measured: {why}") for name, goal in GOALS[part].items()]


def _figure(name: str, goal: Goal, value: float | None, against: str) -> Figure:
    return Figure(name=name, value=value, goal=goal.most, unit=goal.unit, against=against)


@contextmanager
def _stack() -> Iterator[dict[str, str]]:
    """A stack with the runs, and what the browser has to know of it."""
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder, Stack(free_ports(), Path(folder)) as stack:
        stack.end("scheduler", signal.SIGKILL)  # which would find that the stored runs have no jobs
        _store_runs(stack.database_url())
        yield {
            "service": url(stack.ports.gateway),
            "user": ADMIN,
            "largeRun": LARGE_RUN,
            "otherLargeRun": OTHER_LARGE_RUN,
            "idleRun": IDLE_RUN,
            "request": (ROOT / EXAMPLE).read_text(encoding="utf-8"),
        }


def _store_runs(database_url: str) -> None:
    seed_runs(database_url, 2 * LIVE_RUNS, days=30)
    engine = engine_on(database_url)
    store_log(engine, LARGE_RUN, ENTRIES)
    for run_id in (LARGE_RUN, OTHER_LARGE_RUN):
        store_tasks(engine, run_id, TASKS)
        RunStoreService(engine).update_run_status(run_id, RunStatus.COMPLETED, at=datetime.now(UTC))
    store_tasks(engine, IDLE_RUN, IDLE_TASKS)
    vacuum(engine)
    engine.dispose()
