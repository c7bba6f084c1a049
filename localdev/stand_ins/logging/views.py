"""What a resource name in a query shows: a whole project, or the one view that terraform/task_output.tf makes."""

import re
from collections.abc import Sequence
from typing import Final

from localdev.stand_ins.http.messages import Json, ServiceError
from localdev.stand_ins.logging.filter_match import Predicate
from localdev.stand_ins.logging.filter_syntax import parse_filter

_VIEWS: Final = {
    "sluice-task-output": 'resource.type="batch.googleapis.com/Job" AND logName:"/logs/batch_task_logs"',
}
_VIEW: Final = re.compile(r"(projects/[^/]+)/locations/global/buckets/_Default/views/([^/]+)")


def shows(resource_names: Sequence[str]) -> Predicate:
    """Whether one of the resources holds an entry. Raises ServiceError 404 for a view that does not exist."""
    holds = [_shown_by(name) for name in resource_names]
    return lambda entry: any(holds_it(entry) for holds_it in holds)


def _shown_by(name: str) -> Predicate:
    match = _VIEW.fullmatch(name)
    if match is None:
        return lambda entry: _is_of(name, entry)
    if match[2] not in _VIEWS:
        raise ServiceError(404, f"The view {name} does not exist.")
    project, passes = match[1], parse_filter(_VIEWS[match[2]])
    return lambda entry: _is_of(project, entry) and passes(entry)


def _is_of(project: str, entry: Json) -> bool:
    return str(entry["logName"]).startswith(f"{project}/logs/")
