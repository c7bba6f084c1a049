"""The signed-in user over HTTP, with real assertions and a real database."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest
from flask import Request, Response
from sqlalchemy import Engine
from werkzeug.test import EnvironBuilder

from common.actions.steps.try_targets import TryTargets
from common.domain.notifications.targets import key_in_secret
from common.domain.text.secrets import HIDDEN
from common.errors import UnavailableError
from common.schemas.users import MAX_BODY_BYTES
from common.services.health.service import HealthService
from common.services.notifications.store import NotificationStore
from common.services.postgres.engine import DatabaseSettings, check_ready, make_engine
from common.services.postgres.quotas import QuotaStore
from common.services.runs.store import RunStoreService
from common.services.users.service import UserService
from common.web.callers.identity import ASSERTION_HEADER, IapVerifier, get_current_user
from common.web.callers.keys import KeySet
from common.web.routing import serve
from functions.users.endpoints import TargetRules, UserEndpoints
from localdev.stack.ports import free_port
from tests.support.actions.fakes import FakeQueue, Steps
from tests.support.runs import NOON, make_run
from tests.support.threads import all_at_once
from tests.unit.common.web.signing import AUDIENCE, DOMAIN, ec_key, iap_claims, token

KEY = ec_key()
ME = "/api/users/me"
NO_NOTIFICATIONS = {
    "notify_events": None,
    "notify_mail": None,
    "notify_slack_url": None,
    "notify_webhook_url": None,
    "notify_webhook_secret": None,
    "notify_cost_limit_usd": None,
    "notify_mail_disabled": None,
    "notify_slack_disabled": None,
    "notify_webhook_disabled": None,
}
NEW_USER = {
    "email": "ana@lab.example",
    "display_name": "ana",
    "is_admin": False,
    "mail_available": False,
    "created_at": "2026-11-23T12:00:00Z",
    "last_login_at": "2026-11-23T12:00:00Z",
    "preferences": {
        "default_pipeline": None,
        "default_genome": None,
        "default_protocol": None,
        "notifications_enabled": None,
        **NO_NOTIFICATIONS,
    },
    "stats": {"total_runs": 0, "successful_runs": 0, "total_samples_processed": 0},
}


class Client:
    """Sends requests as a member of the laboratory; `now` is the time that the function sees."""

    def __init__(self, engine: Engine, *, has_mail_server: bool = False) -> None:
        keys = KeySet("https://keys.example", fetch=lambda _url: {"a": KEY.public})
        verifier = IapVerifier(AUDIENCE, DOMAIN, frozenset({"admin@lab.example"}), keys)
        identify = partial(get_current_user, verifier=verifier)
        self.now = NOON
        health, ready = HealthService(engine, self._clock), partial(check_ready, engine)
        self.queue, store = FakeQueue(Steps()), NotificationStore(engine)
        try_all = TryTargets(
            notifications=store,
            quotas=QuotaStore(engine),
            queue=self.queue,
            clock=self._clock,
            new_id=lambda: f"test-{next(self._numbers)}",
        )
        targets = TargetRules(notifications=store, try_all=try_all, random_bytes=bytes, has_mail_server=has_mail_server)
        self._numbers = count(1)
        self._endpoints = UserEndpoints(identify, UserService(engine), health, targets, self._clock, ready=ready)

    def __call__(
        self, method: str, path: str = ME, body: object = None, *, assertion: str = "", **headers: str
    ) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named |= {ASSERTION_HEADER: assertion or signed(), "Content-Type": "application/json"}
        data = body if isinstance(body, str) else json.dumps(body)
        return self.send(EnvironBuilder(path, method=method, headers=list(named.items()), data=data))

    def send(self, request: EnvironBuilder) -> Response:
        return serve(self._endpoints.routes, Request(request.get_environ()))

    def _clock(self) -> datetime:
        return self.now


def signed(**claims: object) -> str:
    return token({"alg": "ES256", "kid": "a"}, iap_claims(**claims), KEY.sign)


def body_of(response: Response) -> Any:  # noqa: ANN401 a test knows what it expects
    return json.loads(response.data)


@pytest.fixture
def client(emptied_engine: Engine) -> Client:
    return Client(emptied_engine)


def test_the_first_request_creates_the_user(client: Client) -> None:
    response = client("GET")
    assert (response.status_code, body_of(response)) == (200, NEW_USER)


def test_each_caller_gets_their_own_profile(client: Client) -> None:
    client("PATCH", body={"display_name": "Ana"})
    other = client("GET", assertion=signed(email="Ben@lab.example"))
    assert (body_of(other)["email"], body_of(other)["display_name"]) == ("ben@lab.example", "ben")


def test_administrators_are_told_that_they_are(client: Client) -> None:
    admin = signed(email="admin@lab.example")
    assert body_of(client("GET", assertion=admin))["is_admin"] is True
    assert body_of(client("PATCH", body={"display_name": "Ada"}, assertion=admin))["is_admin"] is True


@pytest.mark.parametrize("has_mail_server", [True, False])
def test_users_are_told_whether_any_mail_is_sent(emptied_engine: Engine, has_mail_server: bool) -> None:
    client = Client(emptied_engine, has_mail_server=has_mail_server)

    assert body_of(client("GET"))["mail_available"] is has_mail_server
    assert body_of(client("PATCH", body={}))["mail_available"] is has_mail_server


def test_stats_count_the_users_own_runs(client: Client, emptied_engine: Engine) -> None:
    RunStoreService(emptied_engine).create_run(make_run())
    assert body_of(client("GET"))["stats"]["total_runs"] == 1


def test_an_unchanged_answer_is_304(client: Client) -> None:
    tag = client("GET").headers["ETag"]
    again = client("GET", if_none_match=tag)
    assert (again.status_code, again.data) == (304, b"")


def test_a_change_makes_a_new_etag(client: Client) -> None:
    tag = client("GET").headers["ETag"]
    client("PATCH", body={"preferences": {"default_genome": "GRCh38"}})
    assert client("GET", if_none_match=tag).status_code == 200


def test_name_and_preferences_change_together(client: Client) -> None:
    chosen = {
        "default_pipeline": "nf-core/scrnaseq",
        "default_genome": "GRCh38",
        "default_protocol": "10XV3",
        "notifications_enabled": False,
    }
    response = client("PATCH", body={"display_name": "Ana Pérez", "preferences": chosen})
    expected = NEW_USER | {"display_name": "Ana Pérez", "preferences": NO_NOTIFICATIONS | chosen}
    assert (response.status_code, body_of(response)) == (200, expected)
    assert body_of(client("GET")) == expected


def test_null_removes_a_preference_and_the_others_stay(client: Client) -> None:
    client("PATCH", body={"preferences": {"default_genome": "GRCh38", "default_protocol": "10XV3"}})
    changed = body_of(client("PATCH", body={"preferences": {"default_genome": None}}))["preferences"]
    assert (changed["default_genome"], changed["default_protocol"]) == (None, "10XV3")


def test_a_null_name_resets_to_the_default(client: Client) -> None:
    client("PATCH", body={"display_name": "Ana Pérez"})
    assert body_of(client("PATCH", body={"display_name": None}))["display_name"] == "ana"


def test_an_empty_change_answers_with_the_current_profile(client: Client) -> None:
    response = client("PATCH", body={})
    assert (response.status_code, body_of(response)) == (200, NEW_USER)


def test_a_secret_of_a_webhook_is_shown_once(client: Client) -> None:
    chosen = {"notify_webhook_url": "https://example.org/hook", "notify_slack_url": "https://hooks.slack.com/x"}
    changed = body_of(client("PATCH", body={"preferences": chosen}))["preferences"]
    assert len(key_in_secret(changed["notify_webhook_secret"])) == 32
    assert changed["notify_slack_url"] == HIDDEN
    for later in (client("GET"), client("PATCH", body={"preferences": {"notify_mail": False}})):
        shown = body_of(later)["preferences"]
        assert (shown["notify_webhook_secret"], shown["notify_slack_url"]) == (HIDDEN, HIDDEN)
        assert shown["notify_webhook_url"] == "https://example.org/hook"
    removed = body_of(client("PATCH", body={"preferences": dict.fromkeys(chosen)}))["preferences"]
    assert removed == {**removed, **NO_NOTIFICATIONS, "notify_mail": False}


def test_an_address_inside_a_network_is_refused(client: Client) -> None:
    response = client("PATCH", body={"preferences": {"notify_webhook_url": "https://169.254.169.254/"}})
    (fault,) = body_of(response)["faults"]
    assert (response.status_code, fault["field"]) == (422, "preferences.notify_webhook_url")


def test_a_test_is_stored_and_queued_for_each_target(client: Client) -> None:
    client("PATCH", body={"preferences": {"notify_slack_url": "https://hooks.slack.com/x"}})
    response = client("POST", f"{ME}/notifications/test")
    assert response.status_code == 202
    stored = body_of(response)["notifications"]
    assert [(each["id"], each["target"], each["event"]) for each in stored] == [
        ("test-1", "mail", "test"), ("test-1", "slack", "test"),
    ]  # fmt: skip
    assert sorted(item.body["target"] for item in client.queue.items) == ["mail", "slack"]
    assert body_of(client("GET", f"{ME}/notifications"))["notifications"] == stored


def test_a_test_without_a_target_is_409(client: Client) -> None:
    client("PATCH", body={"preferences": {"notify_mail": False}})
    assert client("POST", f"{ME}/notifications/test").status_code == 409


def test_the_fourth_test_in_a_minute_is_429(client: Client) -> None:
    answers = [client("POST", f"{ME}/notifications/test").status_code for _ in range(4)]
    assert answers == [202, 202, 202, 429]


def test_users_see_only_their_own_notifications(client: Client) -> None:
    client("POST", f"{ME}/notifications/test")
    others = client("GET", f"{ME}/notifications", assertion=signed(email="ben@lab.example"))
    assert body_of(others) == {"notifications": []}


def test_concurrent_changes_are_all_kept(client: Client) -> None:
    changes: list[dict[str, object]] = [
        {"preferences": {"default_genome": "GRCh38"}},
        {"preferences": {"default_protocol": "10XV3"}},
        {"preferences": {"notifications_enabled": True}},
        {"display_name": "Ana"},
    ]
    calls: list[Callable[[], Response]] = [partial(client, "PATCH", ME, change) for change in changes]
    assert {response.status_code for response in all_at_once(calls)} == {200}
    user = body_of(client("GET"))
    assert (user["display_name"], user["preferences"]) == (
        "Ana",
        {
            "default_pipeline": None,
            "default_genome": "GRCh38",
            "default_protocol": "10XV3",
            "notifications_enabled": True,
            **NO_NOTIFICATIONS,
        },
    )


def test_a_refused_change_names_every_fault_and_changes_nothing(client: Client) -> None:
    wrong = {"display_name": "Ana", "preferences": {"default_genom": "GRCh38", "notifications_enabled": "yes"}}
    response = client("PATCH", body=wrong)
    assert (response.status_code, body_of(response)["code"]) == (422, "VALIDATION_ERROR")
    assert [fault["field"] for fault in body_of(response)["faults"]] == [
        "preferences.notifications_enabled",
        "preferences.default_genom",
    ]
    assert body_of(client("GET")) == NEW_USER


@pytest.mark.parametrize("body", ["{", "[]", '"text"', '{"display_name": "a", "display_name": "b"}', ""])
def test_a_body_that_is_not_a_json_object_is_malformed(client: Client, body: str) -> None:
    assert client("PATCH", body=body).status_code == 400


def test_a_body_beyond_the_limit_is_too_large(client: Client) -> None:
    assert client("PATCH", body={"display_name": "x" * MAX_BODY_BYTES}).status_code == 413


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_an_unknown_parameter_is_refused(client: Client, method: str) -> None:
    assert client(method, f"{ME}?email=ben@lab.example", {}).status_code == 422


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_request_without_identity_is_401(client: Client, method: str) -> None:
    assert client.send(EnvironBuilder(ME, method=method)).status_code == 401
    assert client(method, assertion="a.b.c").status_code == 401


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_another_domain_is_403(client: Client, method: str) -> None:
    foreign = signed(email="eve@elsewhere.example", hd="elsewhere.example")
    assert client(method, assertion=foreign).status_code == 403


@pytest.mark.parametrize("path", ["/api/users", "/api/users/", "/api/users/ben@lab.example", f"{ME}/", f"{ME}/stats"])
def test_other_addresses_are_404(client: Client, path: str) -> None:
    assert client("GET", path).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_users_cannot_be_created_or_deleted(client: Client, method: str) -> None:
    response = client(method)
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, PATCH")


def test_a_later_request_is_a_new_login(client: Client) -> None:
    client("GET")
    client.now = NOON + timedelta(hours=1)
    assert body_of(client("GET"))["last_login_at"] == "2026-11-23T13:00:00Z"


def test_an_unavailable_database_is_503() -> None:
    nowhere = f"postgresql+pg8000://app@127.0.0.1:{free_port()}/sluice"
    client = Client(make_engine(DatabaseSettings(url=nowhere, instance="", user="", name="", pool_size=1)))
    response = client("GET")
    assert (response.status_code, body_of(response)["code"]) == (503, UnavailableError.code)
    assert client("GET", "/health").status_code == 200
    assert client("GET", "/ready").status_code == 503
