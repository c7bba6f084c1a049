"""Decides whether a caller may read a run: every address below /api/runs/{run_id} asks here first."""

from collections.abc import Callable

from common.domain.runs.access import Caller, require_owner
from common.domain.runs.run import Run, RunOutline
from common.services.runs.store import RunStoreService
from common.telemetry import audit
from common.web.callers.identity import HeaderLists


class RunGuard:
    """Hands a run to its owner and to administrators only; `identify` finds the caller of a request."""

    def __init__(self, identify: Callable[[HeaderLists], Caller], runs: RunStoreService) -> None:
        self.identify = identify
        self._runs = runs

    def requested_run(self, headers: HeaderLists, run_id: str) -> str:
        """The run as JSON with its secrets, for the caller of a request.

        Raises UnauthenticatedError, NotFoundError, AuthorizationError, UnavailableError.
        """
        caller = self.identify(headers)
        owner, run = self._runs.run_as_json(run_id)
        _require_access(caller, run_id, owner=owner)
        return run

    def permitted_caller(self, headers: HeaderLists, run_id: str) -> Caller:
        """The caller of a request, who may read the run. Raises as requested_run does."""
        caller = self.identify(headers)
        self.outline_for(caller, run_id)
        return caller

    def outline_for(self, caller: Caller, run_id: str) -> RunOutline:
        """The outline of the run, for a known caller. Raises NotFoundError, AuthorizationError, UnavailableError."""
        outline = self._runs.outline_of(run_id)
        _require_access(caller, run_id, owner=outline.user_email)
        return outline

    def run_for(self, caller: Caller, run_id: str) -> Run:
        """The run, for a known caller. Raises as outline_for does."""
        run = self._runs.get_run(run_id)
        _require_access(caller, run_id, owner=run.user_email)
        return run


def _require_access(caller: Caller, run_id: str, *, owner: str) -> None:
    require_owner(caller, owner=owner, thing=f"run {run_id}")
    if caller.email != owner.lower():
        audit("administrator looked at a run", action="admin_looked", run_id=run_id, by=caller.email, owner=owner)
