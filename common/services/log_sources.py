"""Puts LogService together: it draws on Postgres, two buckets and Cloud Logging."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy import Engine

from common.domain.run_files import Buckets
from common.services.archive_store import ArchiveStore
from common.services.cloud_logging import CloudLogging, LoggingTerms
from common.services.lease_store import LeaseStore
from common.services.log_archiver import LogArchiver
from common.services.log_service import LogService
from common.services.quota_store import Quota, QuotaStore
from common.services.storage_client import StorageClient
from common.services.task_log_store import TaskLogStore
from common.services.task_outputs import TaskOutputs
from common.services.url_signer import UrlSigner
from common.services.work_files import WorkFiles

# Google answers 60 a minute for the whole project; Nextflow needs some of them for its own reports.
LOGGING_READS: Final = Quota(name="reads of Cloud Logging", burst=10, per_minute=45)


def make_log_service(
    engine: Engine, buckets: Buckets, client: StorageClient, terms: LoggingTerms, clock: Callable[[], datetime]
) -> LogService:
    """A LogService as functions use it; nothing is asked before it is needed."""
    quotas, work_files = QuotaStore(engine), WorkFiles(buckets, client)
    outputs = TaskOutputs(
        store=TaskLogStore(engine),
        leases=LeaseStore(engine),
        work_files=work_files,
        cloud_logging=CloudLogging(terms, lambda: quotas.take(LOGGING_READS, at=clock())),
        clock=clock,
    )
    archiver = LogArchiver(archives=ArchiveStore(buckets, client, UrlSigner()), work_files=work_files)
    return LogService(engine, outputs, archiver)
