"""What archives the logs of a run, with all that only this kind of work needs."""

from sqlalchemy import Engine

from common.actions.archive import ArchiveLogs
from common.actions.steps.index_output import IndexOutput
from common.composition.logs import make_log_service
from common.composition.process import now
from common.domain.runs.files import Buckets
from common.services.insight.search.output_lines import OutputLines
from common.services.postgres.leases import LeaseStore
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService
from common.services.storage.service import StorageService
from common.services.task_output.cloud_logging import LoggingSettings
from common.services.task_output.work_files import WorkFiles


def make_archive(
    engine: Engine, buckets: Buckets, storage: StorageService, logging: LoggingSettings, queue: WorkQueue
) -> ArchiveLogs:
    work_files = WorkFiles(buckets, storage)
    return ArchiveLogs(
        runs=RunStoreService(engine),
        logs=make_log_service(engine, buckets, storage, logging, now),
        index_output=IndexOutput(lines=OutputLines(engine), work_files=work_files, clock=now),
        leases=LeaseStore(engine),
        queue=queue,
        clock=now,
    )
