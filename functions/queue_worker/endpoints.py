"""The addresses that Cloud Tasks and Cloud Scheduler call, one for each kind of work."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flask import Request, Response

from common.actions.cancel import CancelRun
from common.actions.ingest import IngestFile
from common.actions.launch import LaunchRun
from common.actions.read_prices import ReadPrices
from common.actions.reconcile import ReconcileRuns
from common.actions.restore import RestoreLog
from common.actions.steps.queue_notifications import QueueNotifications
from common.actions.sync import SyncRun
from common.domain.runs.work_items import ChainStep
from common.errors import MalformedBodyError, UnavailableError
from common.web.callers.service_accounts import OidcVerifier
from common.web.routing import Routes
from common.web.work_items import answer_queue, text_in, work_item

if TYPE_CHECKING:
    from common.actions.archive import ArchiveLogs
    from common.actions.notify import NotifyOwner


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """What timers start and no run waits for; `prunings` delete what has expired."""

    read_prices: ReadPrices
    prunings: Sequence[Callable[[], object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seldom:
    """Actions with much to load that few work items need; each is made by its first one."""

    archive: "Callable[[], ArchiveLogs]"
    notify: "Callable[[], NotifyOwner]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The actions of the worker, one for each kind of work."""

    launch: LaunchRun
    sync: SyncRun
    cancel: CancelRun
    ingest: IngestFile
    restore: RestoreLog
    seldom: Seldom
    notifications: QueueNotifications
    reconcile: ReconcileRuns
    upkeep: Upkeep


class WorkerEndpoints:
    """Does the work that our own queue and timer send; any other caller is refused."""

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
                ("POST", "/work/restore"): self.restore,
                ("POST", "/work/notify"): self.notify,
                ("POST", "/work/reconcile"): self.reconcile,
                ("POST", "/work/prices"): self.prices,
            },
            ready=ready,
            project=project,
        )

    def launch(self, request: Request) -> Response:
        return self._do(request, lambda item: self._work.launch.run(text_in(item, "run_id")))

    def sync(self, request: Request) -> Response:
        sync = self._work.sync
        return self._do(
            request,
            lambda item: sync.run(
                _chain_step(item),
                gone_answers=_count(item, "gone_answers"),
                empty_listings=_count(item, "empty_listings"),
                ending_since=_moment(item, "ending_since"),
            ),
        )

    def cancel(self, request: Request) -> Response:
        cancel = self._work.cancel
        return self._do(
            request, lambda item: cancel.run(_chain_step(item), empty_listings=_count(item, "empty_listings"))
        )

    def ingest(self, request: Request) -> Response:
        """Read the rest of a file that was too large for one invocation."""
        return self._do(
            request,
            lambda item: self._work.ingest.run(
                text_in(item, "run_id"), text_in(item, "file"), _count(item, "generation")
            ),
        )

    def archive(self, request: Request) -> Response:
        return self._do(request, lambda item: self._work.seldom.archive().run(text_in(item, "run_id")))

    def restore(self, request: Request) -> Response:
        return self._do(request, lambda item: self._work.restore.run(text_in(item, "run_id")))

    def notify(self, request: Request) -> Response:
        notify = self._work.seldom.notify
        return self._do(request, lambda item: notify().run(text_in(item, "notification"), text_in(item, "target")))

    def reconcile(self, request: Request) -> Response:
        """Restart the work of silent runs, queue what is due, and delete what has expired; the timer calls it."""
        works = [self._work.reconcile.run, self._work.notifications.find, *self._work.upkeep.prunings]
        return self._do(request, lambda _item: _do_each(*works))

    def prices(self, request: Request) -> Response:
        """Read Google's prices; a timer calls it each week, and so does each deployment."""
        return self._do(request, lambda _item: self._work.upkeep.read_prices.run())

    def _do(self, request: Request, work: Callable[[dict[str, Any]], object]) -> Response:
        self._callers.verify(request.headers.get("Authorization"))
        return answer_queue(lambda: work(work_item(request)))


def _do_each(*works: Callable[[], object]) -> None:
    """Do each of them even when an earlier one fails; then raise the first UnavailableError."""
    failures = []
    for work in works:
        try:
            work()
        except UnavailableError as error:
            failures.append(error)
    if failures:
        raise failures[0]


def _chain_step(item: dict[str, Any]) -> ChainStep:
    return ChainStep(run_id=text_in(item, "run_id"), chain=text_in(item, "chain"), tick=_count(item, "tick"))


def _count(item: dict[str, Any], name: str) -> int:
    """A count in a work item; 0 when it is absent."""
    value = item.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise MalformedBodyError(f"{name} in the work item must be a whole number from 0 on")
    return value


def _moment(item: dict[str, Any], name: str) -> datetime | None:
    """A time in a work item, in seconds since 1970; None when it is absent or 0."""
    seconds = _count(item, name)
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (ValueError, OverflowError, OSError) as error:
        raise MalformedBodyError(f"{name} in the work item must be a time in seconds since 1970") from error
