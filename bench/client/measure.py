"""client.version_ms and client.wheel_kb: what it costs to start the command line, and to download it.

The processor time is that of `sluice --version` from process start to end, which every command pays before it begins.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.harness.figures import Figure
from localdev.stack.environment import ROOT

ROUNDS = 15
_PACKAGE = ROOT / "client"


def measure() -> list[Figure]:
    """Both figures."""
    return [
        Figure(name="client.version_ms", value=_version_ms(), goal=150, unit="ms", against="processor time"),
        Figure(name="client.wheel_kb", value=_wheel_kb(), goal=100, unit="kB"),
    ]


def _version_ms() -> float:
    environment = os.environ | {"PYTHONPATH": str(_PACKAGE), "PYTHONDONTWRITEBYTECODE": ""}
    command = [sys.executable, "-m", "sluice", "--version"]
    times = []
    for _ in range(ROUNDS + 1):
        before = _children_s()
        subprocess.run(command, env=environment, check=True, capture_output=True)
        times.append(_children_s() - before)
    return statistics.median(times[1:]) * 1000  # the first one compiles the modules


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _wheel_kb() -> float:
    """The size of the wheel; uv brings its build backend, so that nothing is downloaded."""
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        build = [sys.executable, "-m", "uv", "build", "--wheel", "--offline", "--quiet", "--out-dir", folder]
        subprocess.run([*build, str(_PACKAGE)], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        return wheel.stat().st_size / 1000
