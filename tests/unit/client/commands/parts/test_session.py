"""Waiting for a service that is away."""

import pytest

from sluice.commands.parts.session import TellingSleep


def test_whoever_waits_long_is_told_why_and_once(capsys: pytest.CaptureFixture[str], slept: list[float]) -> None:
    sleep = TellingSleep(sleep=slept.append)
    for seconds in (0.5, 1.0):
        sleep(seconds)
    assert capsys.readouterr().err == ""
    for seconds in (2.0, 8.0):
        sleep(seconds)
    assert capsys.readouterr().err.count("trying again") == 1
    assert slept == [0.5, 1.0, 2.0, 8.0]
