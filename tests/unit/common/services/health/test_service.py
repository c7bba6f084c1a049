"""How the parts are, as the database has it, or without it."""

import socket
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from common.domain.health.parts import PartHealth, PartState, SystemPart
from common.domain.runs.status import RunStatus
from common.services.health.reports import HealthReports
from common.services.health.service import KEPT_FOR, HealthService
from common.services.postgres.engine import DatabaseSettings, check_ready, make_engine
from common.services.runs.store import RunStoreService
from localdev.stack.ports import free_port
from tests.support.round_trips import counted_round_trips
from tests.support.runs import NOON, make_run


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def of(part: SystemPart, service: HealthService) -> PartHealth:
    (found,) = (each for each in service.parts() if each.part == part)
    return found


def test_reports_and_live_runs_are_read_in_one_round_trip(emptied_engine: Engine, clock: Clock) -> None:
    HealthReports(emptied_engine).note({SystemPart.BATCH: "503", SystemPart.TIMER: None}, at=NOON)
    service = HealthService(emptied_engine, clock)
    check_ready(emptied_engine)  # connects
    with counted_round_trips() as trips:
        assert of(SystemPart.BATCH, service).state == PartState.AWAY
    assert trips.count == 1
    assert of(SystemPart.TIMER, service).state == PartState.WELL
    assert of(SystemPart.SCHEMA, service).detail.startswith("at revision 0")


def test_only_live_runs_can_be_late(emptied_engine: Engine, clock: Clock) -> None:
    runs = RunStoreService(emptied_engine)
    runs.create_run(make_run(run_id="run-00000001"))
    runs.create_run(make_run(run_id="run-00000002"))
    with emptied_engine.begin() as connection:
        connection.execute(text("UPDATE runs SET updated_at = :at"), {"at": NOON - timedelta(hours=1)})
        ended = {"status": RunStatus.FAILED.value, "run_id": "run-00000001"}
        connection.execute(text("UPDATE runs SET status = :status WHERE run_id = :run_id"), ended)
    late = of(SystemPart.WORK, HealthService(emptied_engine, clock))
    assert (late.state, late.since) == (PartState.DEGRADED, NOON - timedelta(hours=1))
    with emptied_engine.begin() as connection:
        connection.execute(text("UPDATE runs SET status = 'completed'"))
    assert of(SystemPart.WORK, HealthService(emptied_engine, clock)).state == PartState.WELL


def test_what_a_sync_read_without_a_notice_makes_notices_late(emptied_engine: Engine, clock: Clock) -> None:
    RunStoreService(emptied_engine).create_run(make_run(run_id="run-00000001"))
    with emptied_engine.begin() as connection:
        cursor = """
            INSERT INTO ingest_cursors (
                run_id, file, generation, byte_offset, boundary, part, next_number, reader, summary, skipped, updated_at
            ) VALUES ('run-00000001', 'nextflow.log', 1, 1, '', 0, 0, '{}', '{}', '[]', :at)
        """
        connection.execute(text(cursor), {"at": NOON})
        connection.execute(text("UPDATE runs SET started_at = :at"), {"at": NOON - timedelta(hours=2)})
    HealthReports(emptied_engine).note({SystemPart.NOTICES: None}, at=NOON - timedelta(hours=1))
    assert of(SystemPart.NOTICES, HealthService(emptied_engine, clock)).state == PartState.DEGRADED


def test_a_report_of_a_part_of_another_release_is_ignored(emptied_engine: Engine, clock: Clock) -> None:
    with emptied_engine.begin() as connection:
        connection.execute(text("INSERT INTO health_reports (part) VALUES ('quantum')"))
    assert len(HealthService(emptied_engine, clock).parts()) == len(SystemPart)


def test_an_answer_is_kept_for_some_seconds(emptied_engine: Engine, clock: Clock) -> None:
    service = HealthService(emptied_engine, clock)
    assert of(SystemPart.BATCH, service).state == PartState.UNKNOWN
    HealthReports(emptied_engine).note({SystemPart.BATCH: None}, at=NOON)
    assert of(SystemPart.BATCH, service).state == PartState.UNKNOWN
    clock.now += KEPT_FOR
    assert of(SystemPart.BATCH, service).state == PartState.WELL


def test_a_database_that_says_nothing_is_away(clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql+pg8000://nobody@127.0.0.1:{silent.getsockname()[1]}/nothing"
        engine = make_engine(DatabaseSettings(url=url, instance="", user="", name="", pool_size=1))
        service = HealthService(engine, clock, patience_s=0.1)
        first = of(SystemPart.DATABASE, service)
        assert (first.state, first.detail) == (PartState.AWAY, "Postgres has not answered for 0.1 s")
        clock.now += KEPT_FOR
        assert of(SystemPart.DATABASE, service).since == NOON


def test_a_database_that_is_away_is_away_since_it_was_missed_first(clock: Clock) -> None:
    url = f"postgresql+pg8000://nobody@127.0.0.1:{free_port()}/nothing"
    service = HealthService(make_engine(DatabaseSettings(url=url, instance="", user="", name="", pool_size=1)), clock)
    assert (of(SystemPart.DATABASE, service).state, of(SystemPart.DATABASE, service).since) == (PartState.AWAY, NOON)
    clock.now += KEPT_FOR
    assert of(SystemPart.DATABASE, service).since == NOON
