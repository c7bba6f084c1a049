"""What parts note of themselves."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from common.domain.health.parts import SystemPart
from common.models.health import HealthReportRow
from common.services.health.reports import BEAT_EVERY, HealthReports, Heartbeat
from tests.support.runs import NOON

LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def reports(emptied_engine: Engine) -> HealthReports:
    return HealthReports(emptied_engine)


def stored(engine: Engine) -> dict[str, tuple[Any, ...]]:
    with engine.connect() as connection:
        return {row.part: tuple(row)[1:] for row in connection.execute(select(HealthReportRow.__table__))}


def test_a_part_fails_since_it_failed_first(reports: HealthReports, emptied_engine: Engine) -> None:
    reports.note({SystemPart.BATCH: None, SystemPart.TIMER: None}, at=NOON)
    reports.note({SystemPart.BATCH: "503"}, at=LATER)
    reports.note({SystemPart.BATCH: "504"}, at=LATER + timedelta(minutes=5))
    assert stored(emptied_engine) == {"batch": (NOON, LATER, "504"), "timer": (NOON, None, None)}


def test_a_part_that_is_well_again_fails_no_more(reports: HealthReports, emptied_engine: Engine) -> None:
    reports.note({SystemPart.BATCH: "503"}, at=NOON)
    assert stored(emptied_engine) == {"batch": (None, NOON, "503")}
    reports.note({SystemPart.BATCH: None}, at=LATER)
    assert stored(emptied_engine) == {"batch": (LATER, None, None)}
    reports.note({SystemPart.BATCH: "503"}, at=LATER)
    assert stored(emptied_engine) == {"batch": (LATER, LATER, "503")}


def test_a_heart_beats_at_most_once_a_minute(reports: HealthReports, emptied_engine: Engine) -> None:
    now = NOON

    def clock() -> datetime:
        return now

    heart = Heartbeat(reports, SystemPart.NOTICES, clock)
    heart.beat()
    now = NOON + BEAT_EVERY - timedelta(seconds=1)
    heart.beat()
    assert stored(emptied_engine)["notices"][0] == NOON
    now = NOON + BEAT_EVERY
    heart.beat()
    assert stored(emptied_engine)["notices"][0] == now
