"""Completes the ids of runs in a shell: the last 20, asked for at most once a minute."""

import time
from typing import Any, Final

from click import Context, Parameter
from click.shell_completion import CompletionItem

from sluice.decoding import member
from sluice.errors import SluiceError

_SHOWN: Final = 20
_FRESH_S: Final = 60.0
_CACHE: Final = "last-runs"


def complete_run(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:
    """The runs whose id begins with `incomplete`; none if the service does not answer."""
    del context, parameter
    try:
        runs = _last_runs()
    except SluiceError:
        return []  # a shell that waits for a completion has no place for an error
    return [CompletionItem(run["id"], help=run["about"]) for run in runs if run["id"].startswith(incomplete)]


def _last_runs() -> list[dict[str, str]]:
    from sluice.client import Sluice  # noqa: PLC0415 they load the HTTP library
    from sluice.transport import Patience  # noqa: PLC0415

    with Sluice.from_environment() as sluice:
        state, server = sluice.api.state, sluice.api.transport.server
        cached: Any = state.load(_CACHE)
        if isinstance(cached, dict) and cached.get("server") == server and time.time() - cached["at"] < _FRESH_S:
            return list(cached["runs"])
        sluice.api.transport.patience = lambda: Patience(limit_s=0)  # nobody waits a minute for a completion
        page = sluice.api.get("/api/runs", {"page_size": _SHOWN})
        runs = [{"id": run["run_id"], "about": f"{run['status']} {run['pipeline']}"} for run in member(page, "runs")]
        state.save(_CACHE, {"at": time.time(), "server": server, "runs": runs})
        return runs
