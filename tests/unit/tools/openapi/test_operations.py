"""An operation is described by its handler and by the rules for all operations."""

from collections.abc import Callable
from typing import Any

import pytest

from common.errors import ConflictError, TooManyRequestsError
from common.schemas.runs import RunCreateRequest, RunResponse
from common.web.describing import Operation, Text
from common.web.query import Query, no_parameters
from tools.openapi.addresses import NotDescribedError, PublicAddress
from tools.openapi.operations import operation_object


def _page(query: Query) -> int:
    return query.integer("page", 1, low=1, high=10, about="Which page.")


def _unexplained(query: Query) -> int:
    return query.integer("page", 1, low=1, high=10)


def handler() -> None:
    """Do a thing.

    It takes
    a while.
    """


def silent() -> None: ...


def address(
    operation: Operation, *parts: str, method: str = "GET", does: Callable[..., Any] = handler
) -> PublicAddress:
    return PublicAddress("runs", method, "/api/runs", parts, does, operation)


def described(operation: Operation, *parts: str) -> dict[str, Any]:
    return operation_object(address(operation, *parts))


def test_a_docstring_becomes_summary_and_description() -> None:
    found = described(Operation("get_run", {200: RunResponse}))
    assert (found["operationId"], found["summary"], found["description"]) == (
        "get_run",
        "Do a thing",
        "It takes a while.",
    )


def test_a_query_is_described_by_its_reader() -> None:
    found = described(Operation("get_run", {200: RunResponse}, query=_page))
    assert found["parameters"] == [
        {
            "name": "page",
            "in": "query",
            "description": "Which page.",
            "allowEmptyValue": True,
            "schema": {"type": "integer", "minimum": 1, "maximum": 10, "default": 1},
        }
    ]


def test_a_part_of_the_path_is_a_parameter() -> None:
    (found,) = described(Operation("get_run", {200: RunResponse}), "run_id")["parameters"]
    assert (found["name"], found["in"], found["required"], found["example"]) == ("run_id", "path", True, "run-1a2b3c4d")


@pytest.mark.parametrize(
    ("operation", "parts", "statuses"),
    [
        (Operation("a", {200: RunResponse}), (), {200, 401, 403, 500, 503}),
        (Operation("a", {200: RunResponse}, public=True), (), {200, 500}),
        (Operation("a", {200: RunResponse}, public=True), ("run_id",), {200, 404, 500}),
        (Operation("a", {200: RunResponse}, public=True, etag=True), (), {200, 304, 500}),
        (Operation("a", {200: RunResponse}, public=True, query=no_parameters), (), {200, 422, 500}),
        (Operation("a", {201: RunResponse}, public=True, body=RunCreateRequest), (), {201, 400, 413, 422, 500}),
        (Operation("a", {201: RunResponse}, public=True, keyed=True), (), {201, 409, 422, 500}),
        (
            Operation("a", {202: RunResponse}, public=True, errors=(ConflictError, TooManyRequestsError)),
            (),
            {202, 409, 429, 500},
        ),
    ],
)
def test_shared_answers_are_added(operation: Operation, parts: tuple[str, ...], statuses: set[int]) -> None:
    assert set(described(operation, *parts)["responses"]) == {str(status) for status in statuses}


def test_an_answer_may_have_several_media_types() -> None:
    found = described(Operation("a", {200: (RunResponse, Text("text/plain", "a log"))}))
    content = found["responses"]["200"]["content"]
    assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/RunResponse"}
    assert content["text/plain"] == {"schema": {"type": "string"}, "example": "a log"}


@pytest.mark.parametrize(
    ("operation", "header"),
    [
        (Operation("a", {200: RunResponse}, etag=True), "If-None-Match"),
        (Operation("a", {200: RunResponse}, keyed=True), "Idempotency-Key"),
        (Operation("a", {200: Text("text/event-stream", "")}), "Last-Event-ID"),
    ],
)
def test_shared_request_headers_are_added(operation: Operation, header: str) -> None:
    assert described(operation)["parameters"] == [{"$ref": f"#/components/parameters/{header}"}]


def test_a_created_resource_has_a_location() -> None:
    assert "Location" in described(Operation("a", {201: RunResponse}))["responses"]["201"]["headers"]


def test_only_public_operations_need_no_identity() -> None:
    assert described(Operation("a", {200: RunResponse}, public=True))["security"] == []
    assert "security" not in described(Operation("a", {200: RunResponse}))


@pytest.mark.parametrize(
    ("operation", "does"),
    [
        (Operation("a", {200: RunResponse}), silent),
        (Operation("a", {200: RunResponse}, query=_unexplained), handler),
        (Operation("a", {200: Operation}), handler),
    ],
    ids=["no docstring", "no description of a parameter", "no example"],
)
def test_an_incomplete_operation_is_refused(operation: Operation, does: Callable[..., Any]) -> None:
    with pytest.raises(NotDescribedError):
        operation_object(address(operation, does=does))


def test_redirects_have_a_location_and_pending_answers_a_retry_after() -> None:
    found = described(Operation("download_logs", {302: (), 202: RunResponse}))["responses"]
    assert "Location" in found["302"]["headers"]
    assert found["302"]["content"] == {}
    assert "Retry-After" in found["202"]["headers"]


def test_other_accepted_answers_have_no_retry_after() -> None:
    found = described(Operation("cancel_run", {202: RunResponse}))["responses"]
    assert "Retry-After" not in found["202"]["headers"]
