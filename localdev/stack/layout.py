"""Names, ports and folders of the local stack: the one place that knows them."""

from dataclasses import dataclass
from pathlib import Path

PROJECT = "local-lab"
REGION = "europe-west1"
PARENT = f"projects/{PROJECT}/locations/{REGION}"
RUNS_BUCKET, LOGS_BUCKET, WORK_BUCKET = "sluice-runs", "sluice-logs", "sluice-work"
BUCKETS = (RUNS_BUCKET, LOGS_BUCKET, WORK_BUCKET)
LAB_BUCKET = "lab-sequencing"  # not Sluice's own: what a lab's sequencers fill
QUEUE = f"{PARENT}/queues/sluice-work"

TASKS_CALLER = f"tasks@{PROJECT}.iam.gserviceaccount.com"
SCHEDULER_CALLER = f"scheduler@{PROJECT}.iam.gserviceaccount.com"
EVENTS_CALLER = f"eventarc@{PROJECT}.iam.gserviceaccount.com"
HEAD_JOB_ACCOUNT = f"head-job@{PROJECT}.iam.gserviceaccount.com"

IAP_AUDIENCE = "/projects/1/global/backendServices/1"
HOSTED_DOMAIN = "lab.example"
DEFAULT_USER = f"ana@{HOSTED_DOMAIN}"
ADMIN = f"admin@{HOSTED_DOMAIN}"

FUNCTIONS = ("runs", "pipelines", "logs", "events", "queue_worker", "bucket_watcher", "users", "benchling")
HOST = "127.0.0.1"
LOWEST_PORT, HIGHEST_PORT = 1024, 65_535  # below are those that only root may use


@dataclass(frozen=True, slots=True)
class Ports:
    """Every port of one stack, counted from the gateway's."""

    gateway: int

    @property
    def postgres(self) -> int:
        return self.gateway + 1

    @property
    def storage(self) -> int:
        return self.gateway + 2

    @property
    def tasks(self) -> int:
        return self.gateway + 3

    @property
    def batch(self) -> int:
        return self.gateway + 4

    @property
    def logging(self) -> int:
        return self.gateway + 5

    def function(self, name: str) -> int:
        return self.gateway + 10 + FUNCTIONS.index(name)

    def all(self) -> dict[str, int]:
        """Every port by the name of what listens on it."""
        own = {
            "gateway": self.gateway,
            "postgres": self.postgres,
            "storage": self.storage,
            "tasks": self.tasks,
            "batch": self.batch,
            "logging": self.logging,
        }
        return own | {name: self.function(name) for name in FUNCTIONS}


@dataclass(frozen=True, slots=True)
class Folders:
    """Where one stack keeps its state; all below one folder, which `make clean` removes."""

    root: Path

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def storage(self) -> Path:
        return self.root / "storage"

    @property
    def tasks(self) -> Path:
        return self.root / "tasks"

    @property
    def batch(self) -> Path:
        return self.root / "batch"

    @property
    def logging(self) -> Path:
        return self.root / "logging"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def telemetry(self) -> Path:
        return self.root / "telemetry"
