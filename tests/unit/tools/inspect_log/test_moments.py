"""Finds the year and time zone of a log where the file proves them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.unit.common.domain.nextflow.texts import line, records_of
from tools.inspect_log.moments import Moments, moments_in

STAMP = "Jan-17 05:59:36.258"


def moments(*messages: str, stamp: str = STAMP) -> Moments:
    return moments_in(records_of("".join(line(message, stamp=stamp) for message in messages)))


def grid_task(*, exited: str, started: str = "1642395569926") -> str:
    handler = "jobId: 11433; id: 1; name: N; status: COMPLETED; exit: 0; error: -; workDir: /w/19/2c6501234567"
    return f"Task completed > TaskHandler[{handler} started: {started}; exited: {exited}; ]"


@pytest.mark.parametrize(
    "text",
    [
        grid_task(exited="-"),
        "~> TaskHandler[jobId: 1; id: 1; name: N; status: RUNNING; started: 1642395569926; exited: -; ]",
        "trace file: results/execution_trace_2022-01-17_05-12-39.txt",
        "Run name: nf-core-rnaseq-20220117-055124",
        "2022-01-16 23:59:46 - MEGAHIT v1.2.8",
    ],
)
def test_a_date_close_to_the_record_gives_the_year(text: str) -> None:
    near = moments("nothing", text).near
    assert near is not None
    assert near.year == 2022


@pytest.mark.parametrize(
    "text",
    [
        "Created: 21-07-2021 15:09 UTC (21:23 ICST)",
        "released on 2021-09-17 05:59:36",
        "2022-13-99 05:59:36",
        "x2022011705593600000",
        "started: 1277942400000;",
    ],
)
def test_other_dates_prove_nothing(text: str) -> None:
    assert moments(text) == Moments()


def test_a_date_in_the_old_year_gives_the_new_year() -> None:
    assert moments("2021-12-31 23:59:46 - MEGAHIT", stamp="Jan-01 00:10:00.000").near == datetime(
        2022, 1, 1, 0, 10, tzinfo=UTC
    )


def test_a_leap_day_is_only_found_in_a_leap_year() -> None:
    text = "{}-02-28 23:00:00"
    assert moments(text.format(2023), stamp="Feb-29 05:00:00.000").near is None
    assert moments(text.format(2024), stamp="Feb-29 05:00:00.000").near == datetime(2024, 2, 29, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("exited", "hours"), [("2022-01-17T05:59:26Z", 0), ("2022-01-17T04:59:26Z", 1), ("2022-01-17T13:59:26.123456Z", -8)]
)
def test_the_end_of_a_grid_task_proves_the_time_zone(exited: str, hours: float) -> None:
    assert moments(grid_task(exited=exited)).zone == timezone(timedelta(hours=hours))


def test_the_end_that_was_logged_soonest_is_used() -> None:
    late, soon = grid_task(exited="2022-01-17T04:20:00Z"), grid_task(exited="2022-01-17T04:59:26Z")
    assert moments(late, soon, late).zone == timezone(timedelta(hours=1))


def test_a_build_date_without_local_time_proves_utc() -> None:
    assert moments("\n  Version: 25.10.2\n  Created: 28-11-2025 19:24 UTC \n  System: Linux\n").zone == UTC
    assert moments("\n  Created: 28-11-2025 19:24 UTC (11:24 PDT)\n").zone is None
