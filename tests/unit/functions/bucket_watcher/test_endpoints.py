"""Notices from Eventarc, with real tokens and real actions."""

import json
from pathlib import Path

import pytest
from flask import Response

from common.domain.health.parts import SystemPart
from common.domain.runs.files import EXIT_CODE, NEXTFLOW_LOG, log_key
from common.domain.runs.status import RunStatus
from common.services.health.reports import Heartbeat
from common.web.callers.keys import KeySet
from common.web.callers.service_accounts import OidcVerifier
from common.web.routing import serve
from functions.bucket_watcher.endpoints import FileNoticeEndpoints
from localdev.stand_ins.oidc import OidcSigner
from tests.support.actions.stage import RUN, Stage
from tests.support.logs.nextflow_files import FINISHED_LOG
from tests.unit.common.web.messages import json_in, make_request

AUDIENCE, EVENTARC = "https://watcher.example/", "eventarc@lab.iam.gserviceaccount.com"
FINALIZED = "google.cloud.storage.object.v1.finalized"
LOG = {"bucket": "sluice-logs", "name": log_key(RUN, NEXTFLOW_LOG), "generation": "1", "size": str(len(FINISHED_LOG))}


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> OidcSigner:
    return OidcSigner(Path(tmp_path_factory.mktemp("keys")))


class Watcher:
    """Calls the function."""

    def __init__(self, stage: Stage, signer: OidcSigner) -> None:
        self.stage, self._signer = stage, signer
        keys = KeySet("https://keys", fetch=lambda _url: signer.certs)
        verifier = OidcVerifier(AUDIENCE, frozenset({EVENTARC}), keys)
        heartbeat = Heartbeat(stage.reports, SystemPart.NOTICES, stage.clock)
        self._routes = FileNoticeEndpoints(
            verifier, stage.ingest_file, heartbeat=heartbeat, logs_bucket="sluice-logs", ready=lambda: None
        ).routes

    def __call__(
        self,
        notice: object,
        *,
        kind: str = FINALIZED,
        token: str | None = None,
        path: str = "/",
        method: str = "POST",
    ) -> Response:
        given = self.token() if token is None else token
        headers = {"ce-type": kind, "Content-Type": "application/json"}
        headers |= {"Authorization": f"Bearer {given}"} if given else {}
        body = notice if isinstance(notice, bytes) else json.dumps(notice).encode()
        return serve(self._routes, make_request(path, method=method, headers=headers, body=body))

    def token(self, email: str = EVENTARC, audience: str = AUDIENCE) -> str:
        return self._signer.token(email, audience)


@pytest.fixture
def watcher(stage: Stage, signer: OidcSigner) -> Watcher:
    stage.launched()
    stage.upload(log=FINISHED_LOG)
    return Watcher(stage, signer)


def outcome(answer: Response) -> tuple[int, str]:
    return answer.status_code, json_in(answer)["status"]


def test_an_uploaded_log_is_read_and_sets_its_run_running(watcher: Watcher) -> None:
    assert outcome(watcher(LOG)) == (200, "done")
    assert len(watcher.stage.entries()) > 0
    assert watcher.stage.run().status == RunStatus.RUNNING


def test_an_exit_code_queues_a_sync(watcher: Watcher) -> None:
    assert outcome(watcher(LOG | {"name": log_key(RUN, EXIT_CODE)})) == (200, "done")
    assert watcher.stage.queue.kinds == ["sync"]


@pytest.mark.parametrize(
    "changes",
    [
        {"bucket": "sluice-runs"},
        {"name": "nextflow.log"},
        {"name": f"runs/{RUN}/logs/report.html"},
        {"name": f"runs/{RUN}/work/nextflow.log"},
        {"name": f"runs/{RUN}/logs/../nextflow.log"},
    ],
)
def test_other_objects_are_ignored(watcher: Watcher, changes: dict[str, str]) -> None:
    assert outcome(watcher(LOG | changes)) == (200, "done")
    assert (watcher.stage.entries(), watcher.stage.queue.items) == ([], [])


def test_a_file_of_an_unknown_run_is_dropped(watcher: Watcher) -> None:
    answer = watcher(LOG | {"name": log_key("run-00000000", NEXTFLOW_LOG)})
    assert (outcome(answer), json_in(answer)["code"]) == ((200, "dropped"), "NOT_FOUND")


@pytest.mark.parametrize("notice", [b"no json", [], {}, LOG | {"generation": 1}, LOG | {"name": ""}])
def test_a_malformed_notice_is_dropped(watcher: Watcher, notice: object) -> None:
    assert outcome(watcher(notice)) == (200, "dropped")


def test_another_kind_of_event_is_dropped(watcher: Watcher) -> None:
    assert outcome(watcher(LOG, kind="google.cloud.storage.object.v1.deleted")) == (200, "dropped")
    assert watcher.stage.entries() == []


def test_only_eventarc_may_send_notices(watcher: Watcher) -> None:
    assert watcher(LOG, token="").status_code == 401
    assert watcher(LOG, token="e30.e30.e30").status_code == 401
    assert watcher(LOG, token=watcher.token(audience="https://other.example/")).status_code == 401
    assert watcher(LOG, token=watcher.token("eve@lab.iam.gserviceaccount.com")).status_code == 403
    assert watcher.stage.entries() == []


def test_a_notice_during_an_outage_is_retried(watcher: Watcher) -> None:
    watcher.stage.storage.is_down = True
    answer = watcher(LOG)
    assert (answer.status_code, json_in(answer)["code"]) == (503, "UNAVAILABLE")


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_health_and_ready_answer_without_a_token(watcher: Watcher, path: str) -> None:
    assert watcher(b"", token="", path=path, method="GET").status_code == 200


def test_other_addresses_and_methods_are_refused(watcher: Watcher) -> None:
    assert watcher(LOG, path="/api/runs").status_code == 404
    assert watcher(LOG, method="PUT").status_code == 405
