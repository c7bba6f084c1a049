"""Functions are timed in turn."""

import time

import pytest

from bench.harness.timing import medians


def test_subjects_take_turns() -> None:
    calls: list[str] = []

    medians({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, rounds=2, warm_up=1)

    assert calls == ["a", "b"] * 3


def test_the_median_ignores_the_warm_up_and_an_outlier(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, durations = [0.0], iter([99.0, 1.0, 50.0, 2.0])

    def slow() -> None:
        clock[0] += next(durations)

    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    assert medians({"it": slow}, rounds=3, warm_up=1) == {"it": 2.0}
