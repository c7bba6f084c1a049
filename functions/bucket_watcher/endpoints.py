"""Receives the file notices of the logs bucket."""

from collections.abc import Callable

from flask import Request, Response

from common.actions.ingest import IngestFile
from common.domain.runs import files as run_files
from common.services.health.reports import Heartbeat
from common.web.answers import JSON_TYPE
from common.web.callers.service_accounts import OidcVerifier
from common.web.file_notices import STRUCTURED_TYPE, FileNotice
from common.web.routing import Routes
from common.web.site import takes
from common.web.work_items import answer_queue


class FileNoticeEndpoints:
    """Accepts notices from Eventarc only."""

    def __init__(
        self,
        callers: OidcVerifier,
        ingest: IngestFile,
        *,
        heartbeat: Heartbeat,
        logs_bucket: str,
        ready: Callable[[], None],
        project: str | None = None,
    ) -> None:
        self._callers = callers
        self._ingest = ingest
        self._heartbeat = heartbeat
        self._logs_bucket = logs_bucket
        self.routes = Routes({("POST", "/"): self.take_notice}, ready=ready, project=project)

    @takes(JSON_TYPE, STRUCTURED_TYPE)
    def take_notice(self, request: Request) -> Response:
        """Read what is new in the uploaded file, if it is a run's file in the logs bucket."""
        self._callers.verify(request.headers.get("Authorization"))
        return answer_queue(lambda: self._ingest_file(FileNotice.of(request)))

    def _ingest_file(self, notice: FileNotice) -> None:
        self._heartbeat.beat()
        owner = run_files.parse_log_key(notice.name) if notice.bucket == self._logs_bucket else None
        if owner:
            self._ingest.run(*owner, notice.generation, notice.size)
