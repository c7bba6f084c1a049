"""Names and folders of the local stack, and the error that stops it."""

from dataclasses import dataclass
from pathlib import Path

PROJECT = "local-lab"
REGION = "europe-west1"
PARENT = f"projects/{PROJECT}/locations/{REGION}"
RUNS_BUCKET, LOGS_BUCKET, WORK_BUCKET = "sluice-runs", "sluice-logs", "sluice-work"
BUCKETS = (RUNS_BUCKET, LOGS_BUCKET, WORK_BUCKET)
LAB_BUCKET = "lab-sequencing"  # the lab's own: where its sequencers write
QUEUE, ARCHIVE_QUEUE = f"{PARENT}/queues/sluice-work", f"{PARENT}/queues/sluice-archive"

TASKS_CALLER = f"tasks@{PROJECT}.iam.gserviceaccount.com"
SCHEDULER_CALLER = f"scheduler@{PROJECT}.iam.gserviceaccount.com"
EVENTS_CALLER = f"eventarc@{PROJECT}.iam.gserviceaccount.com"
HEAD_JOB_ACCOUNT = f"head-job@{PROJECT}.iam.gserviceaccount.com"
TASK_JOB_ACCOUNT = f"task-job@{PROJECT}.iam.gserviceaccount.com"
TASK_OUTPUT_VIEW = f"projects/{PROJECT}/locations/global/buckets/_Default/views/sluice-task-output"

IAP_AUDIENCE = "/projects/1/global/backendServices/1"
HOSTED_DOMAIN = "lab.example"
DEFAULT_USER = f"ana@{HOSTED_DOMAIN}"
ADMIN = f"admin@{HOSTED_DOMAIN}"
USERS = (DEFAULT_USER, f"ben@{HOSTED_DOMAIN}", ADMIN)  # whom the page offers to act as

FUNCTIONS = (
    "runs", "pipelines", "logs", "events", "queue_worker", "bucket_watcher", "users", "benchling", "console", "insight",
)  # fmt: skip
HOST = "127.0.0.1"
PAGE = Path(__file__).parents[2] / "console/dist/index.html"  # absent when npm could not be reached


class StackError(Exception):
    """The local stack cannot start or cannot go on; the message tells the developer what to do."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a stack keeps its state: folders below `root`, which `make clean` removes."""

    root: Path

    @property
    def port(self) -> Path:
        """The file with the gateway's port of the stack that was last started here."""
        return self.root / "port"

    @property
    def client(self) -> Path:
        """What the client of the demo keeps until its requests are answered."""
        return self.root / "client"

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
    def mail(self) -> Path:
        """The Maildir of the mails that were sent."""
        return self.root / "mail"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def telemetry(self) -> Path:
        return self.root / "telemetry"
