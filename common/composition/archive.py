"""LogArchiveService and what it reads from and writes to."""

from sqlalchemy import Engine

from common.domain.runs.files import Buckets
from common.services.archive.archiver import LogArchiver
from common.services.archive.builds import ArchiveBuildStore
from common.services.archive.known import KnownArchiveStore
from common.services.archive.parts import ArchiveParts
from common.services.archive.planner import ArchivePlanner
from common.services.archive.service import LogArchiveService
from common.services.archive.store import ArchiveStore
from common.services.storage.client import StorageClient
from common.services.storage.url_signer import UrlSigner
from common.services.task_output.outputs import TaskOutputs
from common.services.task_output.work_files import WorkFiles


def make_archiver(engine: Engine, buckets: Buckets, client: StorageClient) -> LogArchiver:
    """An archiver; it connects to nothing before its first use."""
    known = KnownArchiveStore(engine)
    archives, parts = ArchiveStore(buckets, client, UrlSigner(), known), ArchiveParts(buckets, client)
    planner = ArchivePlanner(archives=archives, parts=parts, work_files=WorkFiles(buckets, client))
    return LogArchiver(archives=archives, parts=parts, builds=ArchiveBuildStore(engine), known=known, planner=planner)


def make_log_archives(
    engine: Engine, buckets: Buckets, client: StorageClient, outputs: TaskOutputs
) -> LogArchiveService:
    """A LogArchiveService; it connects to nothing before its first use."""
    return LogArchiveService(engine, outputs, make_archiver(engine, buckets, client))
