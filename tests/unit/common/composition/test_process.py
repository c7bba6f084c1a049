import logging
from datetime import timedelta

import pytest

from common.composition.process import environment, now
from common.settings import SettingsError


def test_the_environment_reports_errors_at_the_end_of_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNS_BUCKET", "runs")
    monkeypatch.delenv("LOGS_BUCKET", raising=False)
    read = []
    with pytest.raises(SettingsError, match="LOGS_BUCKET is not set"), environment() as env:
        read = [env.required("RUNS_BUCKET"), env.required("LOGS_BUCKET")]
    assert read == ["runs", ""]


def test_telemetry_starts_with_a_complete_environment() -> None:
    with environment():
        pass
    assert logging.getLogger("sluice").handlers


def test_times_are_in_utc() -> None:
    assert now().utcoffset() == timedelta(0)
