"""The addresses that Cloud Tasks and Cloud Scheduler bring work to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Request, Response

from common.actions.archive import ArchiveLogs
from common.actions.cancel import CancelRun
from common.actions.ingest import IngestFile
from common.actions.launch import LaunchRun
from common.actions.reconcile import ReconcileRuns
from common.actions.sync import SyncRun
from common.domain.runs.work_items import Link
from common.errors import MalformedBodyError, UnavailableError
from common.web.callers.service_accounts import OidcVerifier
from common.web.routing import Routes
from common.web.work_items import answer_queue, text_in, work_item


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Everything the worker can be asked to do."""

    launch: LaunchRun
    sync: SyncRun
    cancel: CancelRun
    ingest: IngestFile
    archive: ArchiveLogs
    reconcile: ReconcileRuns
    delete_expired_keys: Callable[[], object]
    prune_checkpoints: Callable[[], object]


class WorkerEndpoints:
    """Takes work from our own queue and timer only; any other caller is refused."""

    def __init__(
        self, callers: OidcVerifier, work: Work, *, ready: Callable[[], None], project: str | None = None
    ) -> None:
        self._callers = callers
        self._work = work
        self.routes = Routes(
            {
                ("POST", "/work/launch"): self.launch,
                ("POST", "/work/sync"): self.sync,
                ("POST", "/work/cancel"): self.cancel,
                ("POST", "/work/ingest"): self.ingest,
                ("POST", "/work/archive"): self.archive,
                ("POST", "/work/reconcile"): self.reconcile,
            },
            ready=ready,
            project=project,
        )

    def launch(self, request: Request) -> Response:
        return self._do(request, lambda item: self._work.launch.run(text_in(item, "run_id")))

    def sync(self, request: Request) -> Response:
        return self._do(
            request, lambda item: self._work.sync.run(_link(item), gone_answers=_number(item, "gone_answers"))
        )

    def cancel(self, request: Request) -> Response:
        return self._do(
            request, lambda item: self._work.cancel.run(_link(item), empty_listings=_number(item, "empty_listings"))
        )

    def ingest(self, request: Request) -> Response:
        """The rest of a file that was too large for one go."""
        return self._do(
            request,
            lambda item: self._work.ingest.run(
                text_in(item, "run_id"), text_in(item, "file"), _number(item, "generation")
            ),
        )

    def archive(self, request: Request) -> Response:
        return self._do(request, lambda item: self._work.archive.run(text_in(item, "run_id")))

    def reconcile(self, request: Request) -> Response:
        """What the timer asks for: silent runs get going again, old Idempotency-Keys and conversations go."""
        work = self._work
        return self._do(
            request, lambda _item: _do_each(work.reconcile.run, work.delete_expired_keys, work.prune_checkpoints)
        )

    def _do(self, request: Request, work: Callable[[dict[str, Any]], object]) -> Response:
        self._callers.verify(request.headers.get("Authorization"))
        return answer_queue(lambda: work(work_item(request)))


def _do_each(*works: Callable[[], object]) -> None:
    """Do all of them, whichever of them finds something away; then raise the first such UnavailableError."""
    failures = []
    for work in works:
        try:
            work()
        except UnavailableError as error:
            failures.append(error)
    if failures:
        raise failures[0]


def _link(item: dict[str, Any]) -> Link:
    return Link(run_id=text_in(item, "run_id"), chain=text_in(item, "chain"), tick=_number(item, "tick"))


def _number(item: dict[str, Any], name: str) -> int:
    """A count in a work item; 0 when it is absent."""
    value = item.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise MalformedBodyError(f"{name} in the work item is not a count")
    return value
