"""The sources of LogService: a real database, and stand-ins for Cloud Storage and Cloud Logging."""

import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zipfile import ZipFile

import requests
from sqlalchemy import Engine, insert, text

from common.actions.steps.index_output import IndexOutput
from common.composition.archive import make_archiver
from common.composition.logs import make_log_service
from common.domain.runs.files import Buckets, archive_key, log_key, work_uri
from common.domain.runs.run import Run
from common.domain.tasks.merging import TaskSource, merge
from common.domain.tasks.task import Task, TaskStatus
from common.models.child_jobs import ChildJobRow
from common.services.archive.known import KnownArchiveStore
from common.services.archive.store import ArchiveStore
from common.services.ingest.store import IngestStore
from common.services.insight.search.output_lines import OutputLines
from common.services.logs.service import LogService
from common.services.runs.store import RunStoreService
from common.services.storage.client import StorageClient
from common.services.storage.url_signer import UrlSigner
from common.services.task_output.cloud_logging import CloudLogging, LoggingSettings
from common.services.task_output.work_files import WorkFiles
from localdev.stack.layout import LOGS_BUCKET, PROJECT, RUNS_BUCKET, TASK_OUTPUT_VIEW, WORK_BUCKET
from localdev.stand_ins.http.proto_json import write_timestamp
from localdev.stand_ins.logging.service import LoggingStandIn
from tests.support.clock import Clock
from tests.support.runs import make_run, make_task

BUCKETS = Buckets(runs=RUNS_BUCKET, logs=LOGS_BUCKET, work=WORK_BUCKET)
RUN = "run-1a2b3c4d"
WORK_DIR = f"{work_uri(BUCKETS, RUN)}/ab/cdef0123456789"
JOB_UID = "nf-abcdef01-1763885580000-0"


class LogSources:
    """A stored run to which a test adds logs and tasks. The clock starts at the real time and stands still."""

    def __init__(self, engine: Engine, logging: LoggingStandIn) -> None:
        self.engine, self.clock = engine, Clock()
        self.clock.now = datetime.now(UTC)
        self.client, self.runs = StorageClient(patience_s=0.5), RunStoreService(engine)
        endpoint = f"http://127.0.0.1:{logging.port}"
        self.terms = LoggingSettings(project=PROJECT, view=TASK_OUTPUT_VIEW, endpoint=endpoint)
        self.work_files = WorkFiles(BUCKETS, self.client)
        self.archives = ArchiveStore(BUCKETS, self.client, UrlSigner(), KnownArchiveStore(engine))
        self.archiver = make_archiver(engine, BUCKETS, self.client)
        self.run: Run = make_run(created_at=self.clock.now)
        assert self.runs.create_run(self.run)
        with engine.begin() as connection:
            connection.execute(insert(ChildJobRow).values(run_id=RUN, job_id="nf-abcdef01-1", uid=JOB_UID))

    @property
    def logs(self) -> LogService:
        return make_log_service(self.engine, BUCKETS, self.client, self.terms, self.clock)

    @property
    def index_output(self) -> IndexOutput:
        return IndexOutput(lines=OutputLines(self.engine), work_files=self.work_files, clock=self.clock)

    def cloud_logging(self) -> CloudLogging:
        """Cloud Logging without a rate limit."""
        return CloudLogging(self.terms, lambda: None)

    def add_task(self, **changes: Any) -> Task:  # noqa: ANN401 a field of any type
        """Store a running task with a Batch job and a work directory."""
        own = {"status": TaskStatus.RUNNING, "work_dir": WORK_DIR, "native_id": f"nf-abcdef01-1/0/{JOB_UID}"}
        task = make_task(**own | {"submit_time": self.clock.now, **changes})
        with IngestStore(self.engine).writing(RUN) as writer:
            writer.merge_tasks([task], TaskSource.TRACE)
        return merge(None, task, TaskSource.TRACE)

    def put(self, bucket: str, key: str, content: bytes, **metadata: str) -> None:
        """Store an object."""
        blob = self.client.blob(bucket, key)
        blob.metadata = metadata
        blob.upload_from_string(content)

    def put_log(self, name: str, content: bytes) -> None:
        self.put(LOGS_BUCKET, log_key(RUN, name), content)

    def put_work(self, files: Mapping[str, bytes], work_dir: str = WORK_DIR) -> None:
        """Store files in a task's work directory."""
        for name, content in files.items():
            self.put(WORK_BUCKET, f"{work_dir.removeprefix(f'gs://{WORK_BUCKET}/')}/{name}", content)

    def empty_work(self) -> None:
        """Delete all work directories."""
        for blob in list(self.client.client.list_blobs(WORK_BUCKET)):
            blob.delete()

    def print_lines(self, lines: Sequence[str], *, job_uid: str = JOB_UID, index: int = 0) -> None:
        """Write lines of a task to Cloud Logging, one per second, the last one a second ago."""
        last = int(self.clock.now.timestamp())
        entries = [
            {
                "logName": f"projects/{PROJECT}/logs/batch_task_logs",
                "resource": {"type": "batch.googleapis.com/Job", "labels": {"job_id": job_uid}},
                "labels": {"job_uid": job_uid, "task_id": f"{job_uid}-group0-{index}"},
                "timestamp": write_timestamp((last - len(lines) + number) * 1_000_000_000),
                "textPayload": line,
            }
            for number, line in enumerate(lines)
        ]
        address = f"{self.terms.endpoint}/v2/entries:write"
        requests.post(address, json={"entries": entries}, timeout=10).raise_for_status()

    def archive(self) -> ZipFile:
        """The stored archive."""
        content = self.client.blob(LOGS_BUCKET, archive_key(RUN)).download_as_bytes()
        return ZipFile(io.BytesIO(content))

    def manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads(self.archive().read("manifest.json"))
        return manifest

    def generation(self) -> int | None:
        """The generation of the archive; None when there is none."""
        state = self.client.state(LOGS_BUCKET, archive_key(RUN))
        return state.generation if state else None

    def parts(self) -> list[str]:
        """The keys of all objects of unfinished archives."""
        keys = (blob.name for blob in self.client.client.list_blobs(LOGS_BUCKET))
        return [key for key in keys if key.endswith(".archive-part")]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a SELECT."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]
