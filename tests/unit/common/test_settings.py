from collections.abc import Callable

import pytest

from common.settings import (
    BatchSettings,
    BenchlingSettings,
    BucketSettings,
    DatabaseSettings,
    Environment,
    IdentitySettings,
    LoggingSettings,
    QueueSettings,
    ServiceCallerSettings,
    SettingsError,
)

IDENTITY = {"IAP_AUDIENCE": "/projects/1/x", "HOSTED_DOMAIN": "lab.example"}
CALLERS = {"SERVICE_AUDIENCE": "https://worker", "SERVICE_CALLERS": "a@x, B@x ,"}
DATABASE = {"CLOUD_SQL_INSTANCE": "p:r:i", "DATABASE_USER": "u", "DATABASE_NAME": "d"}
BUCKETS = {"RUNS_BUCKET": "r", "LOGS_BUCKET": "l", "WORK_BUCKET": "w"}
QUEUE = {"WORK_QUEUE": "q", "WORKER_URL": "https://w/", "WORKER_AUDIENCE": "https://w", "WORKER_CALLER": "t@x"}
BATCH = {"GOOGLE_CLOUD_PROJECT": "lab", "BATCH_LOCATION": "eu", "HEAD_JOB_SERVICE_ACCOUNT": "h@x"}
GROUPS: dict[str, tuple[Callable[[Environment], object], dict[str, str]]] = {
    "identity": (IdentitySettings.read, IDENTITY),
    "callers": (ServiceCallerSettings.read, CALLERS),
    "database": (DatabaseSettings.read, DATABASE),
    "benchling": (BenchlingSettings.read, {"BENCHLING_URL": "postgresql://b"}),
    "buckets": (BucketSettings.read, BUCKETS),
    "queue": (QueueSettings.read, QUEUE),
    "batch": (BatchSettings.read, BATCH),
    "logging": (LoggingSettings.read, {"GOOGLE_CLOUD_PROJECT": "lab"}),
}
OVERRIDES = {
    "IAP_KEYS_URL": "identity",
    "DEBUG_CALLER": "identity",
    "OIDC_CERTS_URL": "callers",
    "DATABASE_URL": "database",
    "TASKS_ENDPOINT": "queue",
    "BATCH_ENDPOINT": "batch",
    "LOGGING_ENDPOINT": "logging",
}


def faults_of(variables: dict[str, str], read: Callable[[Environment], object] = lambda _env: None) -> str:
    """What `check` complains of once `read` has taken what it needs; empty when it does not."""
    env = Environment(variables)
    read(env)
    try:
        env.check()
    except SettingsError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_with_all_it_needs_has_no_gap(group: str) -> None:
    read, needed = GROUPS[group]
    assert faults_of(needed, read) == ""


@pytest.mark.parametrize(("group", "name"), [(group, name) for group, (_, needed) in GROUPS.items() for name in needed])
@pytest.mark.parametrize("empty", [True, False])
def test_each_gap_is_named(group: str, name: str, *, empty: bool) -> None:
    read, needed = GROUPS[group]
    variables = needed | {name: ""} if empty else {key: value for key, value in needed.items() if key != name}
    assert faults_of(variables, read) == f"{name} is not set"


def test_all_gaps_are_told_together() -> None:
    def read_all(env: Environment) -> None:
        for read, _ in GROUPS.values():
            read(env)

    told = faults_of({}, read_all)
    assert all(f"{name} is not set" in told for _, needed in GROUPS.values() for name in needed)


@pytest.mark.parametrize("name", OVERRIDES)
def test_an_override_is_refused_in_a_deployment(name: str) -> None:
    read, needed = GROUPS[OVERRIDES[name]]
    assert faults_of(needed | {name: "http://127.0.0.1:1"}, read) == ""
    assert faults_of(needed | {name: "http://127.0.0.1:1", "K_SERVICE": "runs"}, read) == (
        f"{name} must not be set in a deployment"
    )


def test_the_storage_emulator_is_refused_in_a_deployment_whoever_reads_it() -> None:
    told = faults_of({"K_SERVICE": "runs", "STORAGE_EMULATOR_HOST": "http://127.0.0.1:1"})
    assert told == "STORAGE_EMULATOR_HOST must not be set in a deployment"


def test_without_overrides_google_itself_is_asked() -> None:
    identity = IdentitySettings.read(Environment(IDENTITY))
    assert (identity.keys_url, identity.debug_caller) == ("https://www.gstatic.com/iap/verify/public_key", None)
    callers = ServiceCallerSettings.read(Environment(CALLERS))
    assert callers.certs_url == "https://www.googleapis.com/oauth2/v1/certs"
    assert QueueSettings.read(Environment(QUEUE)).endpoint is None


def test_names_are_trimmed_and_compared_in_lower_case() -> None:
    assert ServiceCallerSettings.read(Environment(CALLERS)).callers == {"a@x", "b@x"}
    assert IdentitySettings.read(Environment(IDENTITY)).admins == frozenset()


def test_an_address_of_a_database_makes_the_instance_needless() -> None:
    settings = DatabaseSettings.read(Environment({"DATABASE_URL": "postgresql://x"}))
    assert (settings.url, settings.instance, settings.pool_size) == ("postgresql://x", "", 5)


def test_the_address_of_the_worker_takes_paths_as_they_are() -> None:
    assert QueueSettings.read(Environment(QUEUE)).worker_url == "https://w"


def test_jobs_are_made_in_the_project_and_location() -> None:
    batch = BatchSettings.read(Environment(BATCH | {"LOG_COPY_INTERVAL_S": "7", "SYNC_INTERVAL_S": "0.5"}))
    assert batch.parent == "projects/lab/locations/eu"
    assert (batch.copy_interval_s, batch.sync_interval_s) == (7, 0.5)


@pytest.mark.parametrize("text", ["many", "0", "-1", "nan", "inf", "1e999"])
def test_an_amount_that_is_none_is_named(text: str) -> None:
    assert "SYNC_INTERVAL_S must be" in faults_of(BATCH | {"SYNC_INTERVAL_S": text}, BatchSettings.read)


@pytest.mark.parametrize("text", ["0.5", "2.5", "0", "x"])
def test_a_count_is_a_whole_number(text: str) -> None:
    assert "DATABASE_POOL_SIZE must be" in faults_of(DATABASE | {"DATABASE_POOL_SIZE": text}, DatabaseSettings.read)


def test_a_fault_is_told_once_however_many_groups_share_it() -> None:
    def twice(env: Environment) -> None:
        BucketSettings.read(env)
        BucketSettings.read(env)

    assert faults_of(BUCKETS | {"RUNS_BUCKET": ""}, twice) == "RUNS_BUCKET is not set"
