"""What a deployment is told through its environment: read once, in main.py, and checked as a whole.

Code knows addresses, never modes. An address that replaces one of Google's own is an ordinary setting, but it is
refused on Cloud Run (which sets K_SERVICE), so that a stray variable cannot redirect a deployment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

IAP_KEYS_URL = "https://www.gstatic.com/iap/verify/public_key"
LOG_COPY_INTERVAL_S = 10  # the default: how often a head job copies its logs to their bucket
OIDC_CERTS_URL = "https://www.googleapis.com/oauth2/v1/certs"


class SettingsError(Exception):
    """The environment lacks variables, or holds some that a deployment must not have."""


class Environment:
    """Reads variables, remembers every gap, and reports them together.

    Group readers take what they need; `check` then raises once for all of them.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._deployed = bool(variables.get("K_SERVICE"))
        self._faults: list[str] = []
        if self._deployed and variables.get("STORAGE_EMULATOR_HOST"):
            self._refuse("STORAGE_EMULATOR_HOST")  # google-cloud-storage reads this one by itself

    def required(self, name: str) -> str:
        value = self._variables.get(name, "")
        if not value:
            self._faults.append(f"{name} is not set")
        return value

    def optional(self, name: str, default: str = "") -> str:
        return self._variables.get(name) or default

    def number(self, name: str, default: float) -> float:
        """A number above 0."""
        text = self._variables.get(name) or str(default)
        try:
            value = float(text)
        except ValueError:
            self._faults.append(f"{name} must be a number, not {text!r}")
            return default
        if not 0 < value < float("inf"):
            self._faults.append(f"{name} must be more than 0, not {text!r}")
            return default
        return value

    def count(self, name: str, default: int) -> int:
        """A whole number from 1 on."""
        value = float(self.number(name, default))
        if value.is_integer():
            return int(value)
        self._faults.append(f"{name} must be a whole number, not {value}")
        return default

    def names(self, name: str) -> frozenset[str]:
        """Comma-separated names, trimmed and lower case; empty when the variable is absent."""
        parts = (part.strip().lower() for part in self._variables.get(name, "").split(","))
        return frozenset(part for part in parts if part)

    def override(self, name: str) -> str | None:
        """A replacement for something a deployment takes from Google; None when absent, a fault when deployed."""
        value = self._variables.get(name) or None
        if value and self._deployed:
            self._refuse(name)
        return value

    def check(self) -> None:
        """Raise SettingsError naming every gap found so far."""
        if self._faults:
            raise SettingsError("; ".join(dict.fromkeys(self._faults)))

    def _refuse(self, name: str) -> None:
        self._faults.append(f"{name} must not be set in a deployment")


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitySettings:
    """Whose assertions are believed, and who is an admin."""

    audience: str
    keys_url: str
    hosted_domain: str
    admins: frozenset[str]
    debug_caller: str | None  # skips verification; refused in a deployment

    @classmethod
    def read(cls, env: Environment) -> Self:
        return cls(
            audience=env.required("IAP_AUDIENCE"),
            keys_url=env.override("IAP_KEYS_URL") or IAP_KEYS_URL,
            hosted_domain=env.required("HOSTED_DOMAIN"),
            admins=env.names("ADMIN_EMAILS"),
            debug_caller=env.override("DEBUG_CALLER"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCallerSettings:
    """Which service accounts may call a private function (Cloud Tasks, Scheduler, Eventarc)."""

    audience: str
    certs_url: str
    callers: frozenset[str]

    @classmethod
    def read(cls, env: Environment) -> Self:
        callers = env.names("SERVICE_CALLERS")
        if not callers:
            env.required("SERVICE_CALLERS")
        return cls(
            audience=env.required("SERVICE_AUDIENCE"),
            certs_url=env.override("OIDC_CERTS_URL") or OIDC_CERTS_URL,
            callers=callers,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    """Where Postgres is: a Cloud SQL instance, or an address that replaces it."""

    url: str | None
    instance: str  # project:region:name
    user: str
    name: str
    pool_size: int

    @classmethod
    def read(cls, env: Environment) -> Self:
        url = env.override("DATABASE_URL")
        read = env.optional if url else env.required
        return cls(
            url=url,
            instance=read("CLOUD_SQL_INSTANCE"),
            user=read("DATABASE_USER"),
            name=read("DATABASE_NAME"),
            pool_size=env.count("DATABASE_POOL_SIZE", 5),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchlingSettings:
    """Where the Benchling warehouse is, password included, and what another laboratory calls its tables."""

    url: str  # postgresql://user:password@host/warehouse?sslmode=verify-full
    mapping: str  # JSON or the path of a file with it; empty: Benchling's names as we know them

    @classmethod
    def read(cls, env: Environment) -> Self:
        return cls(url=env.required("BENCHLING_URL"), mapping=env.optional("BENCHLING_MAPPING"))


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketSettings:
    """The three buckets of a deployment."""

    runs: str
    logs: str
    work: str

    @classmethod
    def read(cls, env: Environment) -> Self:
        return cls(
            runs=env.required("RUNS_BUCKET"),
            logs=env.required("LOGS_BUCKET"),
            work=env.required("WORK_BUCKET"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSettings:
    """How much one user may ask for."""

    runs_per_minute: int

    @classmethod
    def read(cls, env: Environment) -> Self:
        return cls(runs_per_minute=env.count("RUNS_PER_MINUTE", 10))


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSettings:
    """Where work items go, and who brings them to the worker."""

    queue: str  # projects/P/locations/L/queues/Q
    worker_url: str
    worker_audience: str
    caller: str
    endpoint: str | None  # http://host:port in place of Google's

    @classmethod
    def read(cls, env: Environment) -> Self:
        return cls(
            queue=env.required("WORK_QUEUE"),
            worker_url=env.required("WORKER_URL").rstrip("/"),
            worker_audience=env.required("WORKER_AUDIENCE"),
            caller=env.required("WORKER_CALLER"),
            endpoint=env.override("TASKS_ENDPOINT"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggingSettings:
    """Where the log entries of Batch jobs are."""

    project: str
    endpoint: str | None

    @classmethod
    def read(cls, env: Environment) -> Self:
        return cls(project=env.required("GOOGLE_CLOUD_PROJECT"), endpoint=env.override("LOGGING_ENDPOINT"))


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSettings:
    """Where and as whom head jobs run."""

    parent: str  # projects/P/locations/L
    project: str
    location: str
    image: str
    service_account: str
    machine_type: str
    network: str
    subnetwork: str
    endpoint: str | None
    copy_interval_s: int
    sync_interval_s: float

    @classmethod
    def read(cls, env: Environment) -> Self:
        project, location = env.required("GOOGLE_CLOUD_PROJECT"), env.required("BATCH_LOCATION")
        return cls(
            parent=f"projects/{project}/locations/{location}",
            project=project,
            location=location,
            image=env.optional("HEAD_JOB_IMAGE", "nextflow/nextflow:25.10.4"),
            service_account=env.required("HEAD_JOB_SERVICE_ACCOUNT"),
            machine_type=env.optional("HEAD_JOB_MACHINE_TYPE", "e2-standard-2"),
            network=env.optional("HEAD_JOB_NETWORK"),
            subnetwork=env.optional("HEAD_JOB_SUBNETWORK"),
            endpoint=env.override("BATCH_ENDPOINT"),
            copy_interval_s=env.count("LOG_COPY_INTERVAL_S", LOG_COPY_INTERVAL_S),
            sync_interval_s=env.number("SYNC_INTERVAL_S", 20),
        )
