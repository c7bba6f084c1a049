"""freshness.*: how long after Nextflow wrote a line a viewer knows of it, on the local stack.

The head job's launch.sh, the stand-ins and the functions are the real ones; only `nextflow` merely writes its log. Both
streams of a run are followed: its log, and its events with the number of tasks. A sample is one line, in a new run and
after a failure in a run whose log is no longer young: launch.sh reads a clock that the bench sets forward.
"""

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.freshness.nextflow import FOLDER, IS_OLD, SAMPLES, WRITTEN
from bench.freshness.viewers import Follower, NoticeProxy, NoticeTimes, tasks_in_entry, tasks_in_progress
from bench.harness.figures import Figure
from bench.harness.proxied_ports import ProxiedPorts
from localdev.demo.client import connected, submitted
from localdev.stack.environment import ROOT, url
from localdev.stack.ports import Ports, free_ports
from localdev.stack.stack import Stack
from localdev.stack.welcome import EXAMPLE

GOAL_S = 4.0
_YOUNG_S = 700  # by which the clock is set forward: more than launch.sh takes for young
_PATIENCE_S = 120


@dataclass(frozen=True, slots=True)
class Sample:
    """A line of the log: when it was written, and the size of the log that includes it."""

    number: int
    phase: str
    at: float
    end: int


def measure() -> list[Figure]:
    """The 95th percentile of the delays in each stream, the larger of both phases."""
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as name, _environment(Path(name)) as folder:
        ports = free_ports()
        watcher = NoticeProxy(ports.function("bucket_watcher"))
        advertised = ProxiedPorts(ports.gateway, {"bucket_watcher": watcher.port})
        with ExitStack() as started:
            started.callback(watcher.stop)
            started.enter_context(Stack(ports, folder / "stack", advertised=advertised))
            entries, events = _watch_a_run(ports, folder)
        samples = _samples(folder)
        return [
            _figure("freshness.events_p95_s", samples, events.seen_at, watcher.notices),
            _figure("freshness.entries_p95_s", samples, entries.seen_at, watcher.notices),
        ]


def _watch_a_run(ports: Ports, folder: Path) -> tuple[Follower, Follower]:
    with connected(url(ports.gateway), folder / "client") as sluice:
        run = submitted(sluice, json.loads((ROOT / EXAMPLE).read_bytes()))
    runs = f"{url(ports.gateway)}/api/runs/{run.id}"
    entries, events = Follower(f"{runs}/logs/stream", tasks_in_entry), Follower(f"{runs}/events", tasks_in_progress)
    entries.start()
    events.start()
    _wait_for(SAMPLES, entries, events)
    (folder / "set_forward_by").write_text(str(_YOUNG_S))
    (folder / IS_OLD).touch()
    _wait_for(2 * SAMPLES, entries, events)
    return entries, events


def _wait_for(number: int, *followers: Follower) -> None:
    """Wait until all followers know of the task with this number."""
    deadline = time.monotonic() + _PATIENCE_S
    while not all(number in follower.seen_at for follower in followers):
        if time.monotonic() > deadline:
            raise RuntimeError(
                f"the viewers know of {[len(each.seen_at) for each in followers]} tasks, not of {number}"
            )
        time.sleep(0.1)


def _samples(folder: Path) -> list[Sample]:
    return [Sample(**json.loads(line)) for line in (folder / WRITTEN).read_text("utf-8").splitlines()]


def _figure(
    name: str, samples: Sequence[Sample], seen_at: Mapping[int, float], notices: Sequence[NoticeTimes]
) -> Figure:
    p95_s = {}
    for phase in dict.fromkeys(sample.phase for sample in samples):
        delays = [seen_at[sample.number] - sample.at for sample in samples if sample.phase == phase]
        p95_s[phase] = statistics.quantiles(delays, n=20)[-1]
    parts = [_parts_of(sample, seen_at[sample.number], notices) for sample in samples]
    medians = ", ".join(f"{part} {statistics.median(each[part] for each in parts):.2f}" for part in parts[0])
    by_phase = ", ".join(f"{phase} {seconds:.2f}" for phase, seconds in p95_s.items())
    against = f"{len(samples)} lines; {by_phase}; medians: {medians}"
    return Figure(name=name, value=max(p95_s.values()), goal=GOAL_S, unit="s", against=against)


def _parts_of(sample: Sample, seen_at: float, notices: Sequence[NoticeTimes]) -> dict[str, float]:
    """Seconds until the line was in the bucket, the function had taken and answered the notice, and it was seen."""
    first = min((notice for notice in notices if notice.size >= sample.end), key=lambda notice: notice.stored_at)
    return {
        "copy": first.stored_at - sample.at,
        "notice": first.taken_at - first.stored_at,
        "ingest": first.answered_at - first.taken_at,
        "poll": seen_at - first.answered_at,
    }


@contextmanager
def _environment(folder: Path) -> Iterator[Path]:
    """A folder with the `nextflow` and the clock of the head job; the processes of a stack find both."""
    date, programs = shutil.which("date"), folder / "bin"
    programs.mkdir()
    (folder / "set_forward_by").write_text("0")
    clock = f"echo $(($({date} +%s) + $(cat {folder}/set_forward_by)))"
    _install(programs / "date", f'[ "$1" = +%s ] || exec {date} "$@"\n{clock}\n')
    command = f'PYTHONPATH={ROOT} exec {sys.executable} -m bench.freshness.nextflow "$@"\n'
    _install(programs / "nextflow", command)
    before = dict(os.environ)
    os.environ |= {
        "NEXTFLOW": str(programs / "nextflow"),
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        FOLDER: str(folder),
    }
    try:
        yield folder
    finally:
        os.environ.clear()
        os.environ |= before


def _install(program: Path, body: str) -> None:
    program.write_text(f"#!/bin/sh\n{body}")
    program.chmod(0o755)
