"""Things are timed beside each other."""

import time

import pytest

from bench.harness.timing import medians


def test_what_is_timed_takes_turns() -> None:
    calls: list[str] = []

    medians({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, rounds=2, warm_up=1)

    assert calls == ["a", "b"] * 3


def test_the_median_leaves_out_the_warming_up_and_the_odd_slow_one(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, durations = [0.0], iter([99.0, 1.0, 50.0, 2.0])

    def slow() -> None:
        clock[0] += next(durations)

    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    assert medians({"it": slow}, rounds=3, warm_up=1) == {"it": 2.0}
