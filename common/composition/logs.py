"""LogService and what it reads from: Postgres, two buckets and Cloud Logging.

The imports are inside the functions because most processes start without them: streams of `events` need no
LogService, and pages of log entries and tasks need neither output nor archives.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine

from common.domain.runs.files import Buckets
from common.services.postgres.quotas import Quota, QuotaStore
from common.services.task_output.cloud_logging import CloudLogging, LoggingSettings
from common.settings import Environment

if TYPE_CHECKING:
    from common.services.archive.service import LogArchiveService
    from common.services.logs.service import LogService
    from common.services.storage.client import StorageClient
    from common.services.task_output.outputs import TaskOutputs

# Google answers 60 a minute for the whole project; Nextflow needs some of them for its own reports.
LOGGING_READS: Final = Quota(name="reads of Cloud Logging", burst=10, per_minute=45)


def read_logging(env: Environment) -> LoggingSettings:
    return LoggingSettings(
        project=env.required("GOOGLE_CLOUD_PROJECT"),
        view=env.required("TASK_OUTPUT_VIEW"),
        endpoint=env.override("LOGGING_ENDPOINT"),
    )


def make_log_service(
    engine: Engine,
    buckets: Buckets,
    client: "StorageClient",
    settings: LoggingSettings,
    clock: Callable[[], datetime],
) -> "LogService":
    """A LogService for functions; it connects to nothing before its first use."""
    from common.services.logs.service import LogService

    @cache
    def outputs() -> "TaskOutputs":
        return _make_outputs(engine, buckets, client, settings, clock)

    @cache
    def archives() -> "LogArchiveService":
        from common.composition.archive import make_log_archives

        return make_log_archives(engine, buckets, client, outputs())

    return LogService(engine, outputs, archives)


def _make_outputs(
    engine: Engine,
    buckets: Buckets,
    client: "StorageClient",
    settings: LoggingSettings,
    clock: Callable[[], datetime],
) -> "TaskOutputs":
    from common.services.batch.child_jobs import ChildJobStore
    from common.services.postgres.leases import LeaseStore
    from common.services.task_output.outputs import TaskOutputs
    from common.services.task_output.store import TaskOutputStore
    from common.services.task_output.work_files import WorkFiles

    quotas = QuotaStore(engine)
    return TaskOutputs(
        store=TaskOutputStore(engine),
        leases=LeaseStore(engine),
        work_files=WorkFiles(buckets, client),
        cloud_logging=CloudLogging(settings, lambda: quotas.take(LOGGING_READS, at=clock())),
        child_jobs=ChildJobStore(engine),
        clock=clock,
    )
