"""Numbers for what tasks ask for: the same disk, time limit and container have the same number in all runs."""

import json
from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import Connection, text

from common.domain.tasks.task import TaskRequest
from common.domain.text.storable import storable_text

# Sorted, so that two transactions that add the same requests wait for each other and never both.
_FIND_OR_ADD: Final = text("""
    WITH asked AS (SELECT DISTINCT value AS request FROM jsonb_array_elements(cast(:asked AS jsonb))),
    added AS (
        INSERT INTO task_requests (request)
        SELECT request FROM asked WHERE NOT EXISTS (
            SELECT FROM task_requests known WHERE known.request = asked.request
        )
        ORDER BY request
        ON CONFLICT DO NOTHING
        RETURNING id, request
    )
    SELECT id, request FROM added
    UNION ALL SELECT id, request FROM asked JOIN task_requests USING (request)
""")


def request_ids(connection: Connection, requests: Collection[TaskRequest]) -> dict[TaskRequest, int]:
    """The id of each request; new ones are added in the connection's transaction."""
    stored = {request: _stored(request) for request in requests}
    asked = json.dumps([request._asdict() for request in stored.values()])
    ids: dict[TaskRequest, int] = {}
    while not ids.keys() >= set(stored.values()):  # another transaction may have added some since the snapshot
        ids = {request_from(row.request): row.id for row in connection.execute(_FIND_OR_ADD, {"asked": asked})}
    return {request: ids[known] for request, known in stored.items()}


def request_from(value: Mapping[str, Any]) -> TaskRequest:
    """The request in a row of `task_requests`."""
    return TaskRequest(**value)


def _stored(request: TaskRequest) -> TaskRequest:
    return request._replace(container=request.container and storable_text(request.container))
