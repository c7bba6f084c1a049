"""Which parts are well, from what is recorded."""

from datetime import timedelta

import pytest

from common.domain.health.parts import (
    CHECKED_WITHIN,
    MEANINGS,
    NOTICED_WITHIN,
    PRICES_WITHIN,
    TIMER_WITHIN,
    UPDATED_WITHIN,
    HealthFacts,
    PartHealth,
    PartState,
    Report,
    SystemPart,
    health_of,
    overall,
    without_database,
)
from tests.support.runs import NOON

A_SECOND = timedelta(seconds=1)


def of(part: SystemPart, facts: HealthFacts) -> PartHealth:
    (found,) = (each for each in health_of(facts, at=NOON) if each.part == part)
    return found


def reported(part: SystemPart, report: Report) -> PartHealth:
    return of(part, HealthFacts(reports={part: report}))


def test_every_part_is_judged_with_and_without_the_database() -> None:
    assert [each.part for each in health_of(HealthFacts(), at=NOON)] == list(SystemPart)
    away = without_database(since=NOON, why="no route to host")
    assert {each.part for each in away} == set(SystemPart)
    assert MEANINGS.keys() == set(SystemPart)


def test_a_service_of_which_nothing_is_known_is_not_called_degraded() -> None:
    assert overall(health_of(HealthFacts(), at=NOON)) == PartState.WELL


def test_without_the_database_only_that_is_known() -> None:
    first, *others = without_database(since=NOON, why="no route to host")
    assert (first.part, first.state, first.since) == (SystemPart.DATABASE, PartState.AWAY, NOON)
    assert {each.state for each in others} == {PartState.UNKNOWN}
    assert {each.meaning for each in others} == {""}
    assert overall([first, *others]) == PartState.AWAY


@pytest.mark.parametrize(
    ("part", "within"), [(SystemPart.TIMER, TIMER_WITHIN), (SystemPart.PRICES, PRICES_WITHIN)], ids=str
)
def test_a_part_that_was_not_heard_of_for_long_is_degraded_since_then(part: SystemPart, within: timedelta) -> None:
    assert reported(part, Report(heard_at=NOON - within)).state == PartState.WELL
    late = reported(part, Report(heard_at=NOON - within - A_SECOND))
    assert (late.state, late.since) == (PartState.DEGRADED, NOON - within - A_SECOND)
    assert late.meaning == MEANINGS[part]


def test_work_is_late_if_a_live_run_was_not_checked_for_long() -> None:
    oldest = NOON - CHECKED_WITHIN
    assert of(SystemPart.WORK, HealthFacts(oldest_check=oldest)).state == PartState.WELL
    late = of(SystemPart.WORK, HealthFacts(oldest_check=oldest - A_SECOND))
    assert (late.state, late.since) == (PartState.DEGRADED, oldest - A_SECOND)


def test_batch_is_away_since_it_did_not_answer_first() -> None:
    assert reported(SystemPart.BATCH, Report(heard_at=NOON)).state == PartState.WELL
    away = reported(SystemPart.BATCH, Report(NOON, NOON, "503 from Batch"))
    assert (away.state, away.since, away.detail) == (PartState.AWAY, NOON, "503 from Batch")


def test_migrations_that_wait_for_long_after_a_deployment_are_reported() -> None:
    assert reported(SystemPart.SCHEMA, Report(None, NOON - UPDATED_WITHIN, "0035 must run")).state == PartState.WELL
    late = reported(SystemPart.SCHEMA, Report(None, NOON - UPDATED_WITHIN - A_SECOND, "0035 must run"))
    assert (late.state, late.detail) == (PartState.DEGRADED, "no revision: 0035 must run")


def test_notices_are_late_only_if_something_new_was_read_without_them() -> None:
    def notices(heard_minutes_ago: int | None, read_minutes_ago: int, *, started_minutes_ago: int = 600) -> PartHealth:
        heard = None if heard_minutes_ago is None else NOON - timedelta(minutes=heard_minutes_ago)
        facts = HealthFacts(
            reports={SystemPart.NOTICES: Report(heard_at=heard)},
            newest_read=NOON - timedelta(minutes=read_minutes_ago),
            reading_since=NOON - timedelta(minutes=started_minutes_ago),
        )
        return of(SystemPart.NOTICES, facts)

    assert notices(300, 300).state == PartState.WELL  # a run that has written nothing for hours
    late = NOTICED_WITHIN // timedelta(minutes=1) + 1
    assert (notices(late, 0).state, notices(late, 0).since) == (PartState.DEGRADED, NOON - timedelta(minutes=late))
    assert notices(None, 0).state == PartState.DEGRADED
    assert of(SystemPart.NOTICES, HealthFacts()).state == PartState.UNKNOWN
    assert notices(1500, 0, started_minutes_ago=1).state == PartState.WELL  # the first run of the day
    assert notices(None, 0, started_minutes_ago=1).state == PartState.UNKNOWN
    first = notices(1500, 0, started_minutes_ago=late)
    assert (first.state, first.since) == (PartState.DEGRADED, NOON - timedelta(minutes=late))
