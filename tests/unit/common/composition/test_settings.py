"""The settings that each module of composition reads, which all follow the same rules."""

from collections.abc import Callable

import pytest

from common.composition.buckets import read_buckets
from common.composition.child_jobs import read_child_jobs
from common.composition.database import read_database
from common.composition.head_jobs import read_head_jobs
from common.composition.identity import read_identity
from common.composition.logs import read_logging
from common.composition.queue import read_queue
from common.composition.senders import read_senders
from common.composition.service_callers import read_service_callers
from common.services.batch.service import BatchSettings
from common.settings import Environment
from tests.unit.common.environment import faults_of

IDENTITY = {"IAP_AUDIENCE": "/projects/1/x", "HOSTED_DOMAIN": "lab.example"}
CALLERS = {"SERVICE_AUDIENCE": "https://worker", "SERVICE_CALLERS": "a@x, B@x ,"}
DATABASE = {"CLOUD_SQL_INSTANCE": "p:r:i", "DATABASE_USER": "u", "DATABASE_NAME": "d"}
BUCKETS = {"RUNS_BUCKET": "r", "LOGS_BUCKET": "l", "WORK_BUCKET": "w"}
QUEUE = {
    "WORK_QUEUE": "q",
    "ARCHIVE_QUEUE": "a",
    "WORKER_URL": "https://w/",
    "WORKER_AUDIENCE": "https://w",
    "WORKER_CALLER": "t@x",
}
ACCOUNTS = {"HEAD_JOB_SERVICE_ACCOUNT": "h@x", "TASK_JOB_SERVICE_ACCOUNT": "t@x"}
BATCH = {"GOOGLE_CLOUD_PROJECT": "lab", "BATCH_LOCATION": "eu"} | ACCOUNTS


def read_batch(env: Environment) -> BatchSettings:
    return read_head_jobs(env, read_child_jobs(env))


GROUPS: dict[str, tuple[Callable[[Environment], object], dict[str, str]]] = {
    "identity": (read_identity, IDENTITY),
    "callers": (read_service_callers, CALLERS),
    "database": (read_database, DATABASE),
    "buckets": (read_buckets, BUCKETS),
    "queue": (read_queue, QUEUE),
    "batch": (read_batch, BATCH),
    "logging": (read_logging, {"GOOGLE_CLOUD_PROJECT": "lab", "TASK_OUTPUT_VIEW": "projects/lab/v"}),
    "senders": (read_senders, {"SITE_URL": "https://sluice.lab.example/"}),
}
OVERRIDES = {
    "IAP_KEYS_URL": "identity",
    "DEBUG_CALLER": "identity",
    "OIDC_CERTS_URL": "callers",
    "DATABASE_URL": "database",
    "TASKS_ENDPOINT": "queue",
    "BATCH_ENDPOINT": "batch",
    "LOGGING_ENDPOINT": "logging",
    "EXEMPT_RECEIVERS": "senders",
    "TRUSTED_CERTIFICATES": "senders",
}


@pytest.mark.parametrize("group", GROUPS)
def test_complete_settings_have_no_errors(group: str) -> None:
    read, needed = GROUPS[group]
    assert faults_of(needed, read) == ""


@pytest.mark.parametrize(("group", "name"), [(group, name) for group, (_, needed) in GROUPS.items() for name in needed])
@pytest.mark.parametrize("empty", [True, False])
def test_a_missing_or_empty_variable_is_named(group: str, name: str, *, empty: bool) -> None:
    read, needed = GROUPS[group]
    variables = needed | {name: ""} if empty else {key: value for key, value in needed.items() if key != name}
    assert faults_of(variables, read) == f"{name} is not set"


def test_all_missing_variables_are_reported_together() -> None:
    def read_all(env: Environment) -> None:
        for read, _ in GROUPS.values():
            read(env)

    message = faults_of({}, read_all)
    assert all(f"{name} is not set" in message for _, needed in GROUPS.values() for name in needed)


@pytest.mark.parametrize("name", OVERRIDES)
def test_an_override_is_refused_in_a_deployment(name: str) -> None:
    read, needed = GROUPS[OVERRIDES[name]]
    assert faults_of(needed | {name: "http://127.0.0.1:1"}, read) == ""
    assert faults_of(needed | {name: "http://127.0.0.1:1", "K_SERVICE": "runs"}, read) == (
        f"{name} must not be set in a deployment"
    )


def test_without_overrides_googles_addresses_are_used() -> None:
    identity = read_identity(Environment(IDENTITY))
    assert (identity.keys_url, identity.debug_caller) == ("https://www.gstatic.com/iap/verify/public_key", None)
    callers = read_service_callers(Environment(CALLERS))
    assert callers.certs_url == "https://www.googleapis.com/oauth2/v1/certs"
    assert read_queue(Environment(QUEUE)).endpoint is None


def test_addresses_are_trimmed_and_lower_case() -> None:
    assert read_service_callers(Environment(CALLERS)).callers == {"a@x", "b@x"}
    assert read_identity(Environment(IDENTITY)).admins == frozenset()


def test_a_database_url_makes_the_instance_optional() -> None:
    settings = read_database(Environment({"DATABASE_URL": "postgresql://x"}))
    assert (settings.url, settings.instance, settings.pool_size) == ("postgresql://x", "", 5)


def test_the_worker_url_loses_its_trailing_slash() -> None:
    assert read_queue(Environment(QUEUE)).worker_url == "https://w"


def test_head_jobs_run_in_the_project_and_location_of_their_tasks() -> None:
    batch = read_batch(Environment(BATCH | {"HEAD_JOB_NETWORK": "n", "HEAD_JOB_SUBNETWORK": "s"}))
    assert (batch.parent, batch.location, batch.service_account) == ("projects/lab/locations/eu", "eu", "h@x")
    assert (batch.network, batch.subnetwork) == ("n", "s")


def test_head_jobs_have_no_token_unless_a_secret_is_named() -> None:
    secret = "projects/lab/secrets/github-token/versions/latest"
    assert read_batch(Environment(BATCH)).github_token == ""
    assert read_batch(Environment(BATCH | {"HEAD_JOB_GITHUB_TOKEN": secret})).github_token == secret


@pytest.mark.parametrize("text", ["0.5", "2.5", "0", "x"])
def test_a_pool_size_is_a_whole_number(text: str) -> None:
    assert "DATABASE_POOL_SIZE must be" in faults_of(DATABASE | {"DATABASE_POOL_SIZE": text}, read_database)


def test_head_jobs_and_their_tasks_have_different_accounts() -> None:
    child_jobs = read_child_jobs(Environment(BATCH))
    assert child_jobs.service_account == "t@x"
    assert read_head_jobs(Environment(BATCH), child_jobs).service_account == "h@x"


def test_service_accounts_must_be_of_google() -> None:
    """No other address is checked by its exact name alone: a person's needs the claim of the domain."""
    robot = "robot@lab-1.iam.gserviceaccount.com"
    variables = IDENTITY | {"SERVICE_ACCOUNTS": f" {robot.upper()} ,"}
    assert read_identity(Environment(variables)).service_accounts == {robot}
    assert faults_of(IDENTITY | {"SERVICE_ACCOUNTS": f"{robot},ana@lab.example"}, read_identity) == (
        "SERVICE_ACCOUNTS must be addresses that end with .gserviceaccount.com, not 'ana@lab.example'"
    )
