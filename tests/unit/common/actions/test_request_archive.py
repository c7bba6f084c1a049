"""A request for the logs of a run returns a link or queues the archive once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import requests

from common.actions.archive import ArchiveLogs
from common.actions.request_archive import RequestArchive
from common.domain.runs.files import NEXTFLOW_LOG
from common.domain.runs.status import RunStatus
from common.errors import NotFoundError, UnavailableError
from common.services.postgres.leases import LeaseStore
from tests.support.actions.fakes import FakeQueue, Steps
from tests.support.logs.sources import RUN, LogSources

NO_WAIT, TEN_S = timedelta(0), timedelta(seconds=10)


class Asker:
    """Requests the archive of a run that is over; `meanwhile` is called during each pause."""

    def __init__(self, sources: LogSources) -> None:
        self.sources, self.queue = sources, FakeQueue(Steps())
        self.pauses = 0
        self.meanwhile: Callable[[], object] = lambda: None
        sources.put_log(NEXTFLOW_LOG, b"log")
        self.run = sources.runs.update_run_status(RUN, RunStatus.FAILED, at=sources.clock())
        self._request = RequestArchive(logs=sources.logs, queue=self.queue, clock=sources.clock, sleep=self._sleep)

    def __call__(self, wait: timedelta = NO_WAIT) -> str | None:
        return self._request.run(self.run, wait=wait)

    def build(self) -> None:
        """Build the archive as the worker does."""
        sources = self.sources
        leases = LeaseStore(sources.engine)
        ArchiveLogs(
            runs=sources.runs,
            logs=sources.logs,
            index_output=sources.index_output,
            leases=leases,
            queue=self.queue,
            clock=sources.clock,
        ).run(RUN)

    def _sleep(self, seconds: float) -> None:
        self.pauses += 1
        self.sources.clock.advance(seconds=seconds)
        self.meanwhile()


@pytest.fixture
def asker(sources: LogSources) -> Asker:
    return Asker(sources)


def test_an_existing_archive_is_returned_as_a_link(asker: Asker) -> None:
    asker.build()
    link = asker()
    assert link
    assert requests.get(link, timeout=10).content.startswith(b"PK")
    assert asker.queue.items == []


def test_many_requests_queue_one_archive(asker: Asker) -> None:
    assert [asker() for _ in range(5)] == [None] * 5
    assert [(item.kind, item.body) for item in asker.queue.items] == [("archive", {"run_id": RUN})]


def test_an_archive_is_queued_again_after_ten_minutes_without_result(asker: Asker) -> None:
    asker()
    asker.sources.clock.advance(minutes=10)
    asker()
    assert len(asker.queue.items) == 2


def test_an_archive_is_queued_again_when_the_logs_have_changed(asker: Asker) -> None:
    asker()
    asker.sources.put_log(NEXTFLOW_LOG, b"more")
    asker()
    assert len(asker.queue.items) == 2


def test_a_waiting_caller_gets_the_archive_as_soon_as_it_exists(asker: Asker) -> None:
    asker.meanwhile = asker.build
    assert asker(TEN_S)
    assert asker.pauses == 1


def test_a_caller_gets_no_link_after_the_longest_wait(asker: Asker) -> None:
    assert asker(TEN_S) is None
    assert asker.pauses == 20
    assert len(asker.queue.items) == 1


def test_the_archive_of_a_live_run_is_reused_for_a_minute(sources: LogSources) -> None:
    asker = Asker(sources)
    asker.run = sources.run  # before it ended
    assert not asker.run.is_over
    asker.build()
    sources.put_log(NEXTFLOW_LOG, b"longer")
    assert asker()
    sources.clock.advance(minutes=2)
    assert asker() is None


def test_an_archive_of_a_run_without_logs_raises_not_found(sources: LogSources) -> None:
    request = RequestArchive(logs=sources.logs, queue=FakeQueue(Steps()), clock=sources.clock)
    with pytest.raises(NotFoundError):
        request.run(sources.run, wait=NO_WAIT)


def test_an_archive_request_raises_unavailable_while_the_queue_is_away(asker: Asker) -> None:
    asker.queue.is_down = True
    with pytest.raises(UnavailableError):
        asker()
