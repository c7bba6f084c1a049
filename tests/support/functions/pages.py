"""Compares what Postgres writes with what pydantic writes, for every run and page that a test asks for."""

import re

from pydantic import BaseModel
from werkzeug.test import TestResponse

from common.schemas.logs import LogPage, TaskListResponse
from common.schemas.runs import RunListResponse, RunResponse

_ANSWERS: dict[str, type[BaseModel]] = {
    r"/api/runs/run-[^/]+": RunResponse,
    r"/api/runs": RunListResponse,
    r"/api/runs/[^/]+/tasks": TaskListResponse,
    r"/api/runs/[^/]+/logs": LogPage,
}


def require_answer_as_pydantic_writes_it(path: str, answer: TestResponse) -> None:
    """Fail unless an answer has exactly the values that its schema gives: names, times, numbers, hidden secrets."""
    if answer.status_code != 200 or answer.mimetype != "application/json":
        return
    for pattern, model in _ANSWERS.items():
        if re.fullmatch(pattern, path.partition("?")[0]) and answer.get_json().keys() & {"run_id", "page_size"}:
            assert answer.get_json() == model.model_validate_json(answer.get_data()).model_dump(mode="json")
