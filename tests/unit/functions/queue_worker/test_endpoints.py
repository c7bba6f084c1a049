"""The addresses that Cloud Tasks and Cloud Scheduler call, with real tokens and every action behind them."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Response

from common.domain.batch.job import JobState
from common.domain.runs.files import NEXTFLOW_LOG
from common.domain.runs.status import RunStatus
from common.domain.runs.work_items import WorkKind
from common.errors import UnavailableError
from common.services.users.service import UserService
from common.web.callers.keys import KeySet
from common.web.callers.service_accounts import OidcVerifier
from common.web.routing import serve
from functions.queue_worker.endpoints import Seldom, Upkeep, Work, WorkerEndpoints
from localdev.stand_ins.oidc import OidcSigner
from tests.support.actions.stage import ANA, RUN, Stage
from tests.support.logs.nextflow_files import FINISHED_LOG
from tests.support.runs import NOON
from tests.unit.common.web.messages import json_in, make_request

AUDIENCE, TASKS = "https://worker.example", "tasks@lab.iam.gserviceaccount.com"
STEP = {"run_id": RUN, "chain": "launch", "tick": 0}
KINDS = [*WorkKind, "reconcile", "prices"]


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> OidcSigner:
    return OidcSigner(Path(tmp_path_factory.mktemp("keys")))


class Worker:
    """The function as its callers use it."""

    def __init__(self, stage: Stage, signer: OidcSigner) -> None:
        self._signer = signer
        self.stage, self.is_ready, self.keys_deleted, self.prunings = stage, True, 0, 0
        verifier = OidcVerifier(AUDIENCE, frozenset({TASKS}), KeySet("https://keys", fetch=lambda _url: signer.certs))
        work = Work(
            launch=stage.launch,
            sync=stage.sync,
            cancel=stage.cancel,
            ingest=stage.ingest_file,
            restore=stage.restore,
            seldom=Seldom(archive=lambda: stage.archive, notify=lambda: stage.notify),
            notifications=stage.notifications,
            reconcile=stage.reconcile,
            upkeep=Upkeep(read_prices=stage.read_prices, prunings=[self._delete_keys, self._prune]),
        )
        self._routes = WorkerEndpoints(verifier, work, ready=self._ready).routes

    def __call__(self, path: str, body: object = None, *, token: str | None = None, method: str = "POST") -> Response:
        given = self._signer.token(TASKS, AUDIENCE) if token is None else token
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {given}"} if given else {})
        raw = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        return serve(self._routes, make_request(path, method=method, headers=headers, body=raw))

    def token(self, email: str = TASKS, audience: str = AUDIENCE) -> str:
        return self._signer.token(email, audience)

    def _ready(self) -> None:
        if not self.is_ready:
            raise UnavailableError("the database is away")

    def _delete_keys(self) -> None:
        self.keys_deleted += 1

    def _prune(self) -> None:
        self.prunings += 1


@pytest.fixture
def worker(stage: Stage, signer: OidcSigner) -> Worker:
    return Worker(stage, signer)


def outcome(answer: Response) -> tuple[int, str]:
    return answer.status_code, json_in(answer)["status"]


def test_a_run_is_launched(worker: Worker) -> None:
    worker.stage.pending()
    assert outcome(worker("/work/launch", {"run_id": RUN})) == (200, "done")
    assert worker.stage.run().status == RunStatus.SUBMITTED


def test_a_run_is_synced(worker: Worker) -> None:
    worker.stage.launched()
    worker.stage.batch.move(worker.stage.head, JobState.FAILED)
    assert outcome(worker("/work/sync", STEP)) == (200, "done")
    assert worker.stage.run().status == RunStatus.SUBMITTED
    assert outcome(worker("/work/sync", STEP | {"tick": 1, "empty_listings": 1})) == (200, "done")
    assert worker.stage.run().status == RunStatus.FAILED


def test_a_run_is_cancelled_step_by_step(worker: Worker) -> None:
    worker.stage.running()
    worker.stage.request_cancel.run(RUN, ANA)
    worker.stage.batch.move(worker.stage.head, JobState.CANCELLED)
    assert outcome(worker("/work/cancel", STEP)) == (200, "done")
    assert worker.stage.run().status == RunStatus.RUNNING
    assert outcome(worker("/work/cancel", STEP | {"tick": 1, "empty_listings": 1})) == (200, "done")
    assert worker.stage.run().status == RunStatus.CANCELLED


def test_a_sync_continues_the_counts_of_earlier_steps(worker: Worker) -> None:
    worker.stage.running()
    worker.stage.batch.jobs.clear()
    seen = {"gone_answers": 1, "empty_listings": 1, "ending_since": int(NOON.timestamp())}
    assert outcome(worker("/work/sync", STEP | seen)) == (200, "done")
    assert worker.stage.run().status == RunStatus.FAILED


def test_the_rest_of_a_file_is_read(worker: Worker) -> None:
    worker.stage.launched()
    worker.stage.upload(log=FINISHED_LOG)
    assert outcome(worker("/work/ingest", {"run_id": RUN, "file": NEXTFLOW_LOG, "generation": 1})) == (200, "done")
    assert len(worker.stage.entries()) > 0


def test_reconcile_restarts_lost_work_and_deletes_old_keys_and_conversations(worker: Worker) -> None:
    worker.stage.pending()
    worker.stage.clock.now += timedelta(hours=1)
    assert outcome(worker("/work/reconcile")) == (200, "done")
    assert worker.stage.queue.kinds == ["launch"]
    assert (worker.keys_deleted, worker.prunings) == (1, 1)


def test_reconcile_queues_notifications_and_the_worker_delivers_them(worker: Worker) -> None:
    users = UserService(worker.stage.engine)
    users.get_or_create_user(ANA.email, at=NOON)
    users.update_preferences(ANA.email, {"notifications_enabled": True})
    worker.stage.pending()
    worker.stage.runs.update_run_status(RUN, RunStatus.FAILED, at=NOON)
    assert outcome(worker("/work/reconcile")) == (200, "done")
    (item,) = worker.stage.queue.take_all()
    assert outcome(worker(f"/work/{item.kind}", item.body)) == (200, "done")
    assert worker.stage.delivery.ids == [(f"{RUN}-run-failed", "mail")]


def test_old_keys_and_conversations_are_deleted_even_when_reconcile_fails(worker: Worker) -> None:
    worker.stage.running()
    worker.stage.runs.update_run_status(RUN, RunStatus.FAILED, at=NOON)
    worker.stage.batch.cancel_error = UnavailableError("Cloud Batch is away; try again")
    worker.stage.clock.now += timedelta(hours=1)
    answer = worker("/work/reconcile")
    assert (answer.status_code, json_in(answer)["code"]) == (503, "UNAVAILABLE")
    assert (worker.keys_deleted, worker.prunings) == (1, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_only_our_own_callers_may_send_work(worker: Worker, kind: str) -> None:
    worker.stage.pending()
    path, body = f"/work/{kind}", STEP | {"file": NEXTFLOW_LOG}
    assert worker(path, body, token="").status_code == 401
    assert worker(path, body, token="e30.e30.e30").status_code == 401
    assert worker(path, body, token=worker.token(audience="https://other.example")).status_code == 401
    assert worker(path, body, token=worker.token("eve@lab.iam.gserviceaccount.com")).status_code == 403
    assert worker.stage.run().status == RunStatus.PENDING


MALFORMED = [
    ("/work/launch", b"no json"),
    ("/work/launch", b"[]"),
    ("/work/launch", {}),
    ("/work/launch", {"run_id": 7}),
    ("/work/launch", {"run_id": ""}),
    ("/work/sync", {"run_id": RUN}),
    ("/work/sync", STEP | {"tick": "1"}),
    ("/work/sync", STEP | {"tick": -1}),
    ("/work/sync", STEP | {"tick": True}),
    ("/work/sync", STEP | {"gone_answers": "1"}),
    ("/work/sync", STEP | {"ending_since": 10**18}),
    ("/work/cancel", STEP | {"empty_listings": 1.5}),
    ("/work/ingest", {"run_id": RUN}),
    ("/work/notify", {"notification": "run-1a2b3c4d-run-failed"}),
    ("/work/reconcile", b"no json"),
]


@pytest.mark.parametrize(("path", "body"), MALFORMED)
def test_a_malformed_work_item_is_dropped(worker: Worker, path: str, body: object) -> None:
    assert outcome(worker(path, body)) == (200, "dropped")


@pytest.mark.parametrize(
    ("path", "body"), [("/work/launch", {"run_id": RUN}), ("/work/sync", STEP), ("/work/cancel", STEP)]
)
def test_work_for_a_run_that_does_not_exist_is_dropped(worker: Worker, path: str, body: object) -> None:
    answer = worker(path, body)
    assert (outcome(answer), json_in(answer)["code"]) == ((200, "dropped"), "NOT_FOUND")


def test_work_that_may_succeed_later_is_answered_with_503(worker: Worker) -> None:
    worker.stage.pending()
    worker.stage.batch.is_down = True
    answer = worker("/work/launch", {"run_id": RUN})
    assert (answer.status_code, json_in(answer)["code"]) == (503, "UNAVAILABLE")
    assert "Retry-After" in answer.headers


def test_work_is_accepted_by_post_only(worker: Worker) -> None:
    assert worker("/work/launch", method="GET").status_code == 405


@pytest.mark.parametrize("path", ["/", "/work", "/work/archive2", "/api/runs"])
def test_other_addresses_are_not_found(worker: Worker, path: str) -> None:
    assert worker(path).status_code == 404


@pytest.mark.parametrize(("is_ready", "status"), [(True, 200), (False, 503)])
def test_health_needs_no_caller_and_ready_reports_the_database(worker: Worker, *, is_ready: bool, status: int) -> None:
    worker.is_ready = is_ready
    assert worker("/health", token="", method="GET").status_code == 200
    assert worker("/ready", token="", method="GET").status_code == status
