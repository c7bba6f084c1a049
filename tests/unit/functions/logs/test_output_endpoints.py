"""Task output and archives over HTTP, with stand-ins of all services."""

import json
from datetime import timedelta
from typing import Any

import pytest
import requests
from flask import Response

from common.actions.archive import ArchiveLogs
from common.actions.request_archive import RequestArchive
from common.composition.limits.output_looks import output_looks
from common.domain.ingest.cursor import FileCursor
from common.domain.runs.access import Caller
from common.domain.runs.files import NEXTFLOW_LOG
from common.domain.runs.status import RunStatus
from common.domain.tasks.task import TaskStatus
from common.services.ingest.store import IngestStore
from common.services.postgres.leases import LeaseStore
from common.services.postgres.quotas import Quota, QuotaStore
from common.services.storage.service import StorageService
from common.web.callers.identity import HeaderLists
from common.web.guard import RunGuard
from common.web.routing import serve
from functions.logs.endpoints import LogEndpoints, LogLimits, LogWork
from tests.support.actions.fakes import FakeQueue, Steps
from tests.support.limits import rate
from tests.support.logs.sources import BUCKETS, RUN, LogSources
from tests.support.runs import make_run
from tests.unit.common.web.messages import make_request

DOWNLOAD = f"/api/runs/{RUN}/logs/download"
LOOKS_PER_MINUTE = 50
TASK = f"/api/runs/{RUN}/tasks/ab-cdef01/logs"


class Client:
    """Sends requests as Ana, who owns the run, or as another caller."""

    def __init__(self, sources: LogSources) -> None:
        self.sources, self.queue = sources, FakeQueue(Steps())
        self.caller = Caller(email=sources.run.user_email)
        self.restored: list[str] = []  # the runs whose logs are to be read again
        self.meanwhile: list[Any] = []  # called once, during the first pause
        request_archive = RequestArchive(logs=sources.logs, queue=self.queue, clock=sources.clock, sleep=self._sleep)
        self._routes = LogEndpoints(
            RunGuard(self._identify, sources.runs),
            sources.logs,
            StorageService(BUCKETS),
            work=LogWork(archive=request_archive, restore=self.restored.append),
            limits=LogLimits(searches=rate(), take_look=output_looks(sources.engine, LOOKS_PER_MINUTE, sources.clock)),
            ready=lambda: None,
        ).routes

    def __call__(self, path: str, **headers: str) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return serve(self._routes, make_request(path, headers=named))

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

    def _identify(self, _headers: HeaderLists) -> Caller:
        return self.caller

    def _sleep(self, seconds: float) -> None:
        self.sources.clock.advance(seconds=seconds)
        if self.meanwhile:
            self.meanwhile.pop()()


@pytest.fixture
def client(sources: LogSources) -> Client:
    return Client(sources)


def body_of(answer: Response) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(answer.data)
    return body


def end_run(sources: LogSources) -> None:
    sources.put_log(NEXTFLOW_LOG, b"log")
    sources.runs.update_run_status(RUN, RunStatus.FAILED, at=sources.clock())


# ── task output ──


def test_task_output_names_its_source(client: Client, sources: LogSources) -> None:
    sources.put_work({".command.sh": b"run", ".command.out": b"out", ".command.err": b"err", ".command.log": b"log"})
    sources.add_task(status=TaskStatus.COMPLETED, task_id=7)
    answer = body_of(client(TASK))
    assert answer.pop("as_of")
    assert answer == {
        "task_id": "ab-cdef01",
        "stdout": "out",
        "stderr": "err",
        "log": "log",
        "command": "run",
        "source": "work_dir",
        "merged": False,
        "truncated": [],
        "stale": False,
        "complete": True,
    }


def test_the_output_of_a_running_task_is_marked_as_merged(client: Client, sources: LogSources) -> None:
    sources.print_lines(["reading", "aligning"])
    sources.add_task()
    answer = body_of(client(TASK))
    assert (answer["stdout"], answer["source"], answer["merged"]) == ("reading\naligning\n", "cloud_logging", True)
    assert (answer["stale"], answer["complete"]) == (False, False)


def test_a_task_can_be_named_by_its_number(client: Client, sources: LogSources) -> None:
    sources.add_task(task_id=7)
    assert body_of(client(f"/api/runs/{RUN}/tasks/7/logs"))["task_id"] == "ab-cdef01"


@pytest.mark.parametrize(
    "task_id",
    [
        "ab-cdef02",
        "8",
        "99999999999999999999",
        "ab%2Fcdef01",
        "ab-cdef01%22%20OR%20%22",
        "ab-cdef01'%20OR%20'1'='1",
        "%25",
        "a_-cdef01",
        "x" * 3000,
        "%00",
        "..",
        "\u0667",
    ],
)
def test_an_unknown_task_is_404(client: Client, sources: LogSources, task_id: str) -> None:
    sources.add_task(task_id=7)
    answer = client(f"/api/runs/{RUN}/tasks/{task_id}/logs")
    assert (answer.status_code, body_of(answer)["code"]) == (404, "NOT_FOUND")


def test_a_task_of_another_run_is_404(client: Client, sources: LogSources) -> None:
    sources.add_task()
    assert sources.runs.create_run(make_run(run_id="run-00000002"))
    assert client("/api/runs/run-00000002/tasks/ab-cdef01/logs").status_code == 404


def test_unchanged_output_is_304(client: Client, sources: LogSources) -> None:
    sources.add_task()
    tag = client(TASK).headers["ETag"]
    assert client(TASK, If_None_Match=tag).status_code == 304


def test_an_exhausted_read_quota_is_429_with_retry_after(client: Client, sources: LogSources) -> None:
    quotas = QuotaStore(sources.engine)
    for _ in range(10):
        quotas.take(Quota(name="reads of Cloud Logging", burst=10, per_minute=45), at=sources.clock())
    sources.add_task()
    answer = client(TASK)
    assert (answer.status_code, body_of(answer)["code"]) == (429, "TOO_MANY_REQUESTS")
    assert int(answer.headers["Retry-After"]) >= 1


# ── archive ──


def test_an_archive_is_built_and_then_downloaded(client: Client, sources: LogSources) -> None:
    end_run(sources)
    first = client(DOWNLOAD)
    assert (first.status_code, body_of(first)) == (202, {"run_id": RUN, "status": "building"})
    assert int(first.headers["Retry-After"]) >= 1
    client.build()
    second = client(DOWNLOAD)
    assert (second.status_code, second.headers["Cache-Control"]) == (302, "no-store")
    zipped = requests.get(second.headers["Location"], timeout=10)
    assert (zipped.status_code, zipped.content[:2]) == (200, b"PK")
    assert f'filename="{RUN}.zip"' in zipped.headers["content-disposition"]


def test_waiting_leads_to_the_archive_in_one_request(client: Client, sources: LogSources) -> None:
    end_run(sources)
    client.meanwhile = [client.build]
    assert client(f"{DOWNLOAD}?wait=10").status_code == 302


def test_waiting_in_vain_is_202_with_retry_after(client: Client, sources: LogSources) -> None:
    end_run(sources)
    started = sources.clock.now
    assert client(f"{DOWNLOAD}?wait=3").status_code == 202
    assert sources.clock.now - started <= timedelta(seconds=3)


def test_a_run_without_logs_has_no_archive(client: Client) -> None:
    answer = client(DOWNLOAD)
    assert (answer.status_code, body_of(answer)["code"]) == (404, "NOT_FOUND")
    assert client.queue.items == []


@pytest.mark.parametrize("query", ["wait=11", "wait=-1", "wait=1.5", "wait=x", "weight=1"])
def test_waiting_is_limited_to_ten_seconds(client: Client, sources: LogSources, query: str) -> None:
    end_run(sources)
    assert client(f"{DOWNLOAD}?{query}").status_code == 422


# ── both ──


@pytest.mark.parametrize("path", [TASK, DOWNLOAD])
def test_only_owner_and_admins_may_read(client: Client, sources: LogSources, path: str) -> None:
    end_run(sources)
    sources.add_task()
    client.caller = Caller(email="ben@lab.example")
    answer = client(path)
    assert (answer.status_code, body_of(answer)["code"]) == (403, "FORBIDDEN")
    client.caller = Caller(email="root@lab.example", is_admin=True)
    assert client(path).status_code in {200, 202}


def test_looks_at_task_output_are_limited_for_each_user(client: Client) -> None:
    answers = [client(TASK) for _ in range(LOOKS_PER_MINUTE + 1)]
    assert {answer.status_code for answer in answers[:-1]} <= {200, 404}
    assert (answers[-1].status_code, answers[-1].headers["Retry-After"]) == (429, "2")
    assert "looks at task output" in json.loads(answers[-1].data)["detail"]
    client.caller = Caller(email="root@lab.example", is_admin=True)
    assert client(TASK).status_code != 429


def test_entries_that_are_gone_are_read_again(client: Client) -> None:
    sources = client.sources
    with IngestStore(sources.engine).writing(RUN) as writer:
        writer.move_cursor(NEXTFLOW_LOG, FileCursor(byte_offset=9), after=FileCursor(), at=sources.clock())
    sources.runs.update_run_status(RUN, RunStatus.FAILED, at=sources.clock())

    answer = client(f"/api/runs/{RUN}/logs")

    page = json.loads(answer.data)
    assert (answer.status_code, page["entries"], page["complete"], page["restoring"]) == (200, [], False, True)
    assert client.restored == [RUN]
