"""Change what people add to a run: its owner names, labels and shares it; every reader may star it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.domain.runs.access import Caller, readers_from, require_owner, require_reader
from common.domain.runs.run import Run
from common.domain.text.secrets import faults_of_hidden, hide_in_text
from common.errors import Fault, ValidationError
from common.schemas.runs import RunUpdateRequest
from common.services.runs.details import RunDetails, RunView
from common.telemetry import audit


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRun:
    """`domain` is that of everyone with whom a run may be shared."""

    details: RunDetails
    domain: str
    clock: Callable[[], datetime]

    def run(self, run_id: str, request: RunUpdateRequest, caller: Caller) -> RunView:
        """The changed run, as the caller sees it.

        Raises NotFoundError, ValidationError, UnavailableError, and AuthorizationError when the caller may not read the
        run, or asks for more than a star and is neither its owner nor an administrator.
        """
        view = self.details.view(run_id, viewer=caller)
        run, was_starred = view.run, view.starred
        require_reader(caller, run.access, thing=f"run {run_id}")
        if request.model_fields_set - {"starred"}:
            require_owner(caller, owner=run.user_email, thing=f"run {run_id}")
        if changes := self._changes(run, request):
            before, run = run, self.details.change(run_id, changes, by=caller.email, at=self.clock())
            _record(before, changes, by=caller.email)
        starred = was_starred if request.starred is None else request.starred
        if starred != was_starred:
            self.details.set_star(run_id, caller.email, starred=starred)
        return view._replace(run=run, starred=starred)

    def _changes(self, run: Run, request: RunUpdateRequest) -> Mapping[str, Any]:
        """The fields that get another value. Raises ValidationError."""
        wanted: dict[str, Any] = {name: getattr(request, name) for name in request.model_fields_set - {"starred"}}
        faults: list[Fault] = []
        if "labels" in wanted:
            wanted["labels"] = tuple(dict.fromkeys(wanted["labels"] or ()))
        if "shared_with" in wanted:
            named = wanted["shared_with"] or ()
            wanted["shared_with"], faults = readers_from(named, owner=run.user_email, domain=self.domain)
        changes = {name: value for name, value in wanted.items() if value not in _unchanged(getattr(run, name))}
        if faults := [*faults, *_faults_of_hidden(changes)]:
            raise ValidationError(faults)
        return changes


def _record(before: Run, changes: Mapping[str, Any], *, by: str) -> None:
    run_id = before.run_id
    if "shared_with" in changes:
        had, has = set(before.shared_with), set(changes["shared_with"])
        added, removed = ", ".join(sorted(has - had)), ", ".join(sorted(had - has))
        audit("run shared", action="run_shared", run_id=run_id, by=by, added=added, removed=removed)
    if fields := ", ".join(sorted(changes.keys() - {"shared_with"})):
        audit("run described", action="run_described", run_id=run_id, by=by, fields=fields)


def _unchanged(value: Any) -> tuple[Any, Any]:  # noqa: ANN401 the value of any field
    """A value as it is stored and as it is shown, which a form sends back."""
    if isinstance(value, str):
        return value, hide_in_text(value)
    if isinstance(value, bool):
        return value, value
    return value, tuple(map(hide_in_text, value)) if value else value


def _faults_of_hidden(changes: Mapping[str, Any]) -> list[Fault]:
    faults = []
    for name, value in changes.items():
        for text in [value] if isinstance(value, str) else value if isinstance(value, tuple) else ():
            faults += faults_of_hidden(name, text)
    return faults
