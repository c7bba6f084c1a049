"""Decides whether a caller may read a run, or list the things of others; every address of runs asks here first."""

from collections.abc import Callable

from common.domain.runs.access import Access, Caller, is_shared_with, require_owner, require_reader
from common.domain.runs.run import Run, RunOutline
from common.errors import AuthorizationError
from common.services.runs.store import RunStoreService
from common.telemetry import audit
from common.web.callers.identity import HeaderLists


class RunGuard:
    """Hands a run to its readers only: its owner, those it is shared with, and administrators.

    `identify` finds the caller of a request.
    """

    def __init__(self, identify: Callable[[HeaderLists], Caller], runs: RunStoreService) -> None:
        self.identify = identify
        self._runs = runs

    def requested_run(self, headers: HeaderLists, run_id: str) -> str:
        """The run as JSON with its secrets, as the caller of a request sees it.

        Raises UnauthenticatedError, NotFoundError, AuthorizationError, UnavailableError.
        """
        caller = self.identify(headers)
        access, run = self._runs.run_as_json(run_id, viewer=caller)
        _require_reader(caller, run_id, access)
        return run

    def permitted_caller(self, headers: HeaderLists, run_id: str) -> Caller:
        """The caller of a request, who may read the run. Raises as requested_run does."""
        caller = self.identify(headers)
        self.outline_for(caller, run_id)
        return caller

    def outline_for(self, caller: Caller, run_id: str) -> RunOutline:
        """The outline of the run, for a known caller. Raises NotFoundError, AuthorizationError, UnavailableError."""
        outline = self._runs.outline_of(run_id)
        _require_reader(caller, run_id, outline.access)
        return outline

    def run_for(self, caller: Caller, run_id: str) -> Run:
        """The run, for a known caller. Raises as outline_for does."""
        run = self._runs.get_run(run_id)
        _require_reader(caller, run_id, run.access)
        return run

    def require_owner(self, caller: Caller, run_id: str) -> None:
        """Raise as run_for does, or AuthorizationError if the caller may only read the run."""
        run = self.run_for(caller, run_id)
        require_owner(caller, owner=run.user_email, thing=f"run {run_id}")


def _require_reader(caller: Caller, run_id: str, access: Access) -> None:
    require_reader(caller, access, thing=f"run {run_id}")
    if not is_shared_with(caller, access):
        owner = access.owner
        audit("administrator looked at a run", action="admin_looked", run_id=run_id, by=caller.email, owner=owner)


def owner_for(caller: Caller, *, everybody: bool, user_email: str | None, things: str) -> str | None:
    """The address of the owner whose `things` are listed: the caller's own by default, None for everybody's.

    Raises AuthorizationError for other people's, unless the caller is an administrator.
    """
    own = None if everybody else caller.email
    owner = user_email.lower() if user_email else own
    if owner != caller.email and not caller.is_admin:
        raise AuthorizationError(f"only administrators may list other people's {things}")
    if owner != caller.email:
        audit(f"administrator listed {things}", action="admin_listed", by=caller.email, owner=owner or "everyone")
    return owner
