"""Decides whether a caller may read a run: every address below /api/runs/{run_id} asks here first."""

from collections.abc import Callable

from common.domain.runs.access import Caller, require_owner
from common.domain.runs.run import Run
from common.services.runs.store import RunStoreService
from common.telemetry import audit
from common.web.callers.identity import HeaderLists


class RunGuard:
    """Hands a run to its owner and to administrators only; `identify` finds the caller of a request."""

    def __init__(self, identify: Callable[[HeaderLists], Caller], runs: RunStoreService) -> None:
        self.identify = identify
        self._runs = runs

    def requested_run(self, headers: HeaderLists, run_id: str) -> Run:
        """The run, for the caller of a request.

        Raises UnauthenticatedError, NotFoundError, AuthorizationError, UnavailableError.
        """
        return self.run_for(self.identify(headers), run_id)

    def permitted_caller(self, headers: HeaderLists, run_id: str) -> Caller:
        """The caller of a request, who may read the run. Raises as requested_run does."""
        caller = self.identify(headers)
        _require_access(caller, run_id, owner=self._runs.owner_of(run_id))
        return caller

    def run_for(self, caller: Caller, run_id: str) -> Run:
        """The run, for a known caller. Raises NotFoundError, AuthorizationError, UnavailableError."""
        run = self._runs.get_run(run_id)
        _require_access(caller, run_id, owner=run.user_email)
        return run


def _require_access(caller: Caller, run_id: str, *, owner: str) -> None:
    require_owner(caller, owner=owner, thing=f"run {run_id}")
    if caller.email != owner.lower():
        audit("administrator looked at a run", action="admin_looked", run_id=run_id, by=caller.email, owner=owner)
