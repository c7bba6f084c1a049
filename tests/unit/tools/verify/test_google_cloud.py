"""What verify reads of a deployment, from the shapes of Google's answers."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from google.auth.exceptions import RefreshError
from requests.adapters import BaseAdapter

from common.domain.health.parts import HealthFacts, PartHealth, PartState, health_of, without_database
from common.schemas.health import PartStatus, ServiceStatus
from tests.support.runs import NOON
from tools.verify.deployment import ServiceRefusedError, TimerCall
from tools.verify.google_cloud import GoogleDeployment, signed_in_deployment
from tools.verify.outcomes import FaultError, NotTriedError

NAMES = ("runs", "events", "queue_worker", "bucket_watcher")
OUTPUTS = {
    "functions": {name: f"https://sluice-{name.replace('_', '-')}-77.europe-west1.run.app" for name in NAMES},
    "database": "lab:europe-west1:sluice-1",
}
PLACE = "projects/lab/locations/europe-west1"
PUSHED_TO = "https://sluice-bucket-watcher-x1.a.run.app?__GCP_CloudEventsMode=CE_PUBSUB_BINDING"


class Answers(BaseAdapter):
    """Answers each address from a table; 404 for others."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        super().__init__()
        self._table = table

    def send(self, request: requests.PreparedRequest, *_more: Any, **_options: Any) -> requests.Response:  # noqa: ANN401 those of requests
        address = urlsplit(str(request.url))
        found = self._table.get(str(address.hostname).removesuffix(".googleapis.com") + address.path)
        answer = requests.Response()
        answer.status_code = 404 if found is None else 200
        answer._content = json.dumps(found or {"error": {"message": "not found"}}).encode()
        return answer

    def close(self) -> None:
        """Nothing is open."""


def deployment(table: Mapping[str, Any]) -> GoogleDeployment:
    def session_of(_email: str | None) -> requests.Session:
        session = requests.Session()
        session.mount("https://", Answers(table))
        return session

    return GoogleDeployment("sluice.lab.example", OUTPUTS, session_of=session_of)


def service(largest: int, **variables: str) -> Mapping[str, Any]:
    env = [{"name": name, "value": value} for name, value in variables.items()]
    return {"template": {"containers": [{"env": env}], "scaling": {"maxInstanceCount": largest}}}


def test_settings_are_those_of_cloud_run() -> None:
    there = deployment({f"run/v2/{PLACE}/services/sluice-queue-worker": service(1, LOG_MONTHS="6")})
    assert there.settings("queue_worker") == {"LOG_MONTHS": "6"}
    with pytest.raises(NotTriedError, match=r"roles/run\.viewer"):
        there.settings("runs")


def test_needed_settings_are_those_of_terraform() -> None:
    there = deployment({})
    assert there.needed_settings("bucket_watcher") >= {"RUNS_BUCKET", "WORK_QUEUE", "SERVICE_AUDIENCE", "DATABASE_USER"}
    assert "IAP_AUDIENCE" in there.needed_settings("runs")


def test_a_secret_that_a_deployment_can_do_without_is_not_needed() -> None:
    there = deployment({})
    assert "SMTP_PASSWORD" not in there.needed_settings("queue_worker")
    assert "BENCHLING_URL" in there.needed_settings("benchling")


def test_each_backend_service_has_its_audience() -> None:
    backends = "compute/compute/v1/projects/lab/global/backendServices/sluice-"
    there = deployment({f"{backends}gateway": {"id": "11"}, f"{backends}events": {"id": "22"}})
    assert there.iap_audience("runs") == "/projects/77/global/backendServices/11"
    assert there.iap_audience("events") == "/projects/77/global/backendServices/22"


@pytest.mark.parametrize(
    ("push", "audience"),
    [
        ({"oidcToken": {"audience": "https://watcher.a.run.app"}}, "https://watcher.a.run.app"),
        ({}, PUSHED_TO),
    ],
)
def test_the_audience_of_notices_is_that_of_eventarcs_subscription(push: Mapping[str, Any], audience: str) -> None:
    config = {"pushEndpoint": PUSHED_TO, **push}
    found = {"subscriptions": [{"name": "other"}, {"name": "eventarc-1", "pushConfig": config}]}
    assert deployment({"pubsub/v1/projects/lab/subscriptions": found}).notice_audience() == audience


def test_a_timer_that_is_paused_or_fails_is_seen() -> None:
    def call(**job: Any) -> TimerCall:  # noqa: ANN401 JSON
        return deployment({f"cloudscheduler/v1/{PLACE}/jobs/sluice-reconcile": job}).last_timer_call()

    lately = (datetime.now(UTC) - timedelta(seconds=100)).isoformat()
    assert call(state="PAUSED", lastAttemptTime=lately) == TimerCall(float("inf"), "")
    assert call(state="ENABLED", lastAttemptTime=lately, status={"code": 7}).error == '{"code": 7}'
    assert call(state="ENABLED", lastAttemptTime=lately).ago_s >= 100


def test_connections_are_instances_times_pools() -> None:
    path, each = f"run/v2/{PLACE}/services/sluice-", service(10, DATABASE_POOL_SIZE="5")
    flags = {"settings": {"databaseFlags": [{"name": "max_connections", "value": "150"}]}}
    services = {path + name.replace("_", "-"): each for name in NAMES}
    there = deployment(services | {"sqladmin/v1/projects/lab/instances/sluice-1": flags})
    assert there.connections() == (200, 150)


def test_the_error_of_a_service_has_its_words() -> None:
    with pytest.raises(ServiceRefusedError, match="monitoring answered 404: not found"):
        deployment({}).google("monitoring").get("/v3/projects/lab/alertPolicies")


def test_without_a_sign_in_at_google_nothing_is_tried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    with pytest.raises(NotTriedError, match="run `gcloud auth application-default login`"):
        signed_in_deployment("sluice.lab.example", OUTPUTS)


def test_without_a_sign_in_at_the_deployment_nothing_is_tried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("SLUICE_SERVICE_ACCOUNT", raising=False)
    with pytest.raises(NotTriedError, match=r"run `sluice login https://sluice\.lab\.example`; or verify as one of"):
        signed_in_deployment("https://sluice.lab.example/", OUTPUTS, session_of=lambda _email: requests.Session())


def test_the_state_of_another_deployment_is_not_taken_for_this_one() -> None:
    outputs = OUTPUTS | {"url": "https://sluice-dev.lab.example"}
    with pytest.raises(NotTriedError, match=r"state of https://sluice-dev\.lab\.example, not of https://sluice\.lab"):
        signed_in_deployment("sluice.lab.example", outputs, session_of=lambda _email: requests.Session())


def test_an_account_that_nobody_here_may_act_as_is_not_tried() -> None:
    class Refused(BaseAdapter):
        def send(self, *_request: Any, **_options: Any) -> requests.Response:  # noqa: ANN401 those of requests
            raise RefreshError("Unable to acquire impersonated credentials", '{"error": {"code": 403}}')

        def close(self) -> None:
            """Nothing is open."""

    def session_of(_email: str | None) -> requests.Session:
        session = requests.Session()
        session.mount("https://", Refused())
        return session

    api = GoogleDeployment("sluice.lab.example", OUTPUTS, session_of=session_of).google("storage", "head_job")
    with pytest.raises(NotTriedError, match=r"impersonated credentials; .* roles/iam\.serviceAccountTokenCreator"):
        api.upload("/upload/storage/v1/b/lab/o", "name", b"")


class SignedIn(GoogleDeployment):
    """One whose own API answers from a table, too."""

    def session(self) -> requests.Session:
        return self._session_of(None)


def with_status(parts: Sequence[PartHealth], *, is_admin: bool = True) -> GoogleDeployment:
    shown = [PartStatus.model_validate(part) for part in parts]
    if not is_admin:
        shown = [part.model_copy(update={"detail": None}) for part in shown]
    body = ServiceStatus(state=PartState.WELL, parts=shown).model_dump(mode="json")
    session = requests.Session()
    session.mount("https://", Answers({"sluice.lab.example/api/status": body}))
    return SignedIn("sluice.lab.example", OUTPUTS, session_of=lambda _email: session)


def test_administrators_learn_the_revision_of_the_schema() -> None:
    parts = health_of(HealthFacts(revision="0034"), at=NOON)
    assert with_status(parts).schema_revision() == "0034"
    with pytest.raises(NotTriedError, match="only administrators"):
        with_status(parts, is_admin=False).schema_revision()


def test_a_database_that_functions_do_not_reach_is_a_fault() -> None:
    with pytest.raises(FaultError, match="says of the database: no route to host"):
        with_status(without_database(since=NOON, why="no route to host")).schema_revision()
