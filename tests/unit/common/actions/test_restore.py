"""The entries of old runs are dropped, and read again from the logs bucket when somebody asks for them."""

import asyncio
import json
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from common.actions.request_restore import request_restore
from common.domain.runs.files import NEXTFLOW_LOG
from common.domain.runs.log_key import LogKey
from common.domain.runs.status import RunStatus
from common.services.ingest.entry_months import EntryMonths
from common.services.logs.listing import EntryFilter, EntryPage
from common.services.logs.service import LogService
from common.services.logs.stream import EntryReader, LogStreamEvent, LogStreamService
from tests.support.actions.stage import RUN, Stage
from tests.support.async_tests import in_time
from tests.support.logs.nextflow_files import FINISHED_LOG
from tests.support.runs import NOON

MANY = EntryFilter(limit=5000)


@pytest.fixture
def old_run(stage: Stage) -> Stage:
    """A stage with a run that is over and whose entries were dropped."""
    stage.running()
    stage.upload(log=FINISHED_LOG)
    stage.read_file.run(stage.run(), NEXTFLOW_LOG)
    stage.runs.update_run_status(RUN, RunStatus.COMPLETED, at=NOON)
    return stage


def drop(stage: Stage) -> None:
    with stage.engine.begin() as connection:
        connection.execute(select(func.drop_entry_month(LogKey.of(RUN, NOON).month)))


def page(stage: Stage) -> EntryPage:
    return LogService(stage.engine, outputs=None, archives=None).get_workflow_log(stage.run(), MANY)  # type: ignore[arg-type]


def texts(found: EntryPage) -> list[tuple[int, str]]:
    return [(entry["number"], entry["message"]) for entry in json.loads(f"[{found.lines}]")]


def test_entries_that_are_gone_are_read_again(old_run: Stage) -> None:
    before = page(old_run)
    drop(old_run)
    gone = page(old_run)

    request_restore(old_run.queue, RUN, at=NOON)
    old_run.drain_queue()

    assert (texts(gone), gone.complete, gone.restoring) == ([], False, True)
    after = page(old_run)
    assert (texts(after), after.complete, after.restoring) == (texts(before), True, False)


def test_tasks_and_the_cursor_of_the_log_stay_as_they_are(old_run: Stage) -> None:
    before = old_run.tasks(), old_run.ingest.cursor(RUN, NEXTFLOW_LOG), old_run.journal()
    drop(old_run)

    old_run.restore.run(RUN)

    assert (old_run.tasks(), old_run.ingest.cursor(RUN, NEXTFLOW_LOG), old_run.journal()) == before


def test_a_long_log_is_read_again_in_several_work_items(old_run: Stage) -> None:
    before = texts(page(old_run))
    drop(old_run)
    old_run.chunk_bytes, old_run.clock.tick = 100, timedelta(seconds=40)

    old_run.restore.run(RUN)
    half = page(old_run)
    old_run.drain_queue()

    assert 0 < len(texts(half)) < len(before)
    assert (half.complete, half.restoring) == (False, True)
    assert texts(page(old_run)) == before


def test_entries_can_be_dropped_and_read_again_any_number_of_times(old_run: Stage) -> None:
    before = texts(page(old_run))
    for _ in range(2):
        drop(old_run)
        assert page(old_run).restoring
        old_run.restore.run(RUN)
        old_run.restore.run(RUN)  # delivered twice
        assert texts(page(old_run)) == before


def test_a_log_that_is_gone_from_the_bucket_too_is_not_waited_for(old_run: Stage) -> None:
    drop(old_run)
    old_run.storage._logs.clear()

    old_run.restore.run(RUN)

    found = page(old_run)
    assert (texts(found), found.complete, found.restoring) == ([], True, False)


def test_entries_that_are_there_are_not_read_again(old_run: Stage) -> None:
    old_run.storage.bytes_read = 0
    old_run.restore.run(RUN)
    assert old_run.storage.bytes_read == 0


def test_a_restored_log_is_requested_once_in_ten_minutes(stage: Stage) -> None:
    for minutes in (0, 3, 11):
        request_restore(stage.queue, RUN, at=NOON + timedelta(minutes=minutes))
    assert len(stage.queue.take_all()) == 2


def test_old_months_are_dropped(old_run: Stage) -> None:
    with old_run.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE entry_months SET made_at = '2026-11-23'")
    months = EntryMonths(old_run.engine, keep=6)

    assert [months.drop_old(at=NOON + timedelta(days=days)) for days in (100, 200, 201)] == [0, 1, 0]
    assert page(old_run).restoring


def test_the_limit_of_a_page_does_not_matter(old_run: Stage) -> None:
    drop(old_run)
    service = LogService(old_run.engine, outputs=None, archives=None)  # type: ignore[arg-type]
    assert service.get_workflow_log(old_run.run(), replace(MANY, search="nowhere")).restoring


async def stream(stage: Stage, *, seen: int | None = None) -> list[LogStreamEvent]:
    """A stream of the log to its end; the queue delivers once the stream has waited for some time."""
    service = LogStreamService(
        EntryReader(stage.engine),
        restore=lambda run_id: request_restore(stage.queue, run_id, at=NOON),
        poll_interval_s=0.02,
    )
    found: list[LogStreamEvent] = []
    async with aclosing(await service.stream_workflow_log(RUN, offset=0, seen=seen, heartbeat_s=0.1)) as batches:
        async for batch in batches:
            found += batch
            if not batch:
                await asyncio.to_thread(stage.drain_queue)
    return found


def test_a_stream_waits_until_its_entries_are_read_again(old_run: Stage) -> None:
    before = texts(page(old_run))
    drop(old_run)

    *entries, end = in_time(stream(old_run))

    assert [(entry.data["number"], entry.data["message"]) for entry in entries if entry.number is not None] == before
    assert end.kind == "done"


def test_a_resumed_stream_goes_on_after_entries_that_were_dropped(old_run: Stage) -> None:
    numbers = [number for number, _ in texts(page(old_run))]
    drop(old_run)
    assert [entry.number for entry in in_time(stream(old_run, seen=1))] == [*numbers[2:], None]


def test_a_stream_of_a_log_that_is_gone_from_the_bucket_too_ends(old_run: Stage) -> None:
    drop(old_run)
    old_run.storage._logs.clear()
    assert [entry.kind for entry in in_time(stream(old_run))] == ["done"]


def test_a_stream_of_entries_that_are_there_has_nothing_read_again(old_run: Stage) -> None:
    assert in_time(stream(old_run))[-1].kind == "done"
    assert old_run.queue.take_all() == []
