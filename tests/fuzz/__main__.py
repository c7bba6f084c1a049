"""Fuzz readers and addresses for some minutes: python -m tests.fuzz --minutes 5.

Prints how many inputs were tried and every input that was not borne, made as small as possible. Exits 1 with findings.
An input that takes more than a second of processor time is a finding, too, if it does so again.
"""

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, settings

from tests.fuzz.targets import TARGETS, Target

_EXAMPLES_OF_A_ROUND: Final = 500
_LONGEST_S: Final = 1.0
_CHECKS: Final = list(HealthCheck)


def fuzz(minutes: float, show: Callable[[str], None]) -> int:
    """Fuzz all targets in turn; returns the number of targets with a finding."""
    tried: Counter[str] = Counter()
    findings: dict[str, str] = {}
    ends_at = time.monotonic() + minutes * 60
    while time.monotonic() < ends_at:
        for target in TARGETS:
            if target.name not in findings and (finding := _round(target, tried)):
                findings[target.name] = finding
    for name, count in tried.items():
        show(f"{name:<16} {count:>10,} inputs  {'a finding' if name in findings else 'no finding'}")
    for name, finding in findings.items():
        show(f"\n{name}:\n{finding}")
    show(f"{tried.total():,} inputs, {len(findings)} findings")
    return len(findings)


def _round(target: Target, tried: Counter[str]) -> str | None:
    """Some inputs of one target; the finding, if there is one."""

    @settings(
        max_examples=_EXAMPLES_OF_A_ROUND,
        database=None,
        deadline=None,
        suppress_health_check=_CHECKS,
        phases=[Phase.generate, Phase.shrink],
    )
    @given(target.inputs)
    def bear(drawn: Any) -> None:  # noqa: ANN401 the target knows its inputs
        tried[target.name] += 1
        lasted_s = _seconds(target, drawn)
        if lasted_s >= _LONGEST_S:  # the first input of a target also loads modules
            lasted_s = _seconds(target, drawn)
        assert lasted_s < _LONGEST_S, f"took {lasted_s:.1f} s"

    try:
        bear()
    except Exception:  # noqa: BLE001 whatever the target raises is the finding
        return traceback.format_exc(limit=-6)
    return None


def _seconds(target: Target, drawn: Any) -> float:  # noqa: ANN401 the target knows its inputs
    began = time.thread_time()
    target.bear(drawn)
    return time.thread_time() - began


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fuzz readers and addresses.")
    parser.add_argument("--minutes", type=float, default=5)
    sys.exit(1 if fuzz(parser.parse_args().minutes, print) else 0)
