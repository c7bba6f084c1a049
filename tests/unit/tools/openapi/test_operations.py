"""An operation is described by what its handler said, and by rules."""

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


def test_a_docstring_is_summary_and_description() -> None:
    told = described(Operation("get_run", {200: RunResponse}))
    assert (told["operationId"], told["summary"], told["description"]) == (
        "get_run",
        "Do a thing",
        "It takes a while.",
    )


def test_a_query_is_described_by_its_reader() -> None:
    told = described(Operation("get_run", {200: RunResponse}, query=_page))
    assert told["parameters"] == [
        {
            "name": "page",
            "in": "query",
            "description": "Which page.",
            "allowEmptyValue": True,
            "schema": {"type": "integer", "minimum": 1, "maximum": 10, "default": 1},
        }
    ]


def test_a_part_of_the_path_is_a_parameter() -> None:
    (told,) = described(Operation("get_run", {200: RunResponse}), "run_id")["parameters"]
    assert (told["name"], told["in"], told["required"], told["example"]) == ("run_id", "path", True, "run-1a2b3c4d")


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
def test_the_rules_add_answers(operation: Operation, parts: tuple[str, ...], statuses: set[int]) -> None:
    assert set(described(operation, *parts)["responses"]) == {str(status) for status in statuses}


def test_an_answer_may_come_in_several_kinds() -> None:
    told = described(Operation("a", {200: (RunResponse, Text("text/plain", "a log"))}))
    content = told["responses"]["200"]["content"]
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
def test_the_rules_add_request_headers(operation: Operation, header: str) -> None:
    assert described(operation)["parameters"] == [{"$ref": f"#/components/parameters/{header}"}]


def test_what_was_made_has_a_location() -> None:
    assert "Location" in described(Operation("a", {201: RunResponse}))["responses"]["201"]["headers"]


def test_nobody_is_asked_for_an_identity_at_a_public_operation_only() -> None:
    assert described(Operation("a", {200: RunResponse}, public=True))["security"] == []
    assert "security" not in described(Operation("a", {200: RunResponse}))


@pytest.mark.parametrize(
    ("operation", "does"),
    [
        (Operation("a", {200: RunResponse}), silent),
        (Operation("a", {200: RunResponse}, query=_unexplained), handler),
        (Operation("a", {200: Operation}), handler),
    ],
    ids=["no docstring", "no word about a parameter", "no example"],
)
def test_an_operation_of_which_too_little_is_said_is_refused(operation: Operation, does: Callable[..., Any]) -> None:
    with pytest.raises(NotDescribedError):
        operation_object(address(operation, does=does))


def test_what_leads_elsewhere_or_has_to_be_asked_for_again_says_so_in_a_header() -> None:
    told = described(Operation("download_logs", {302: (), 202: RunResponse}))["responses"]
    assert "Location" in told["302"]["headers"]
    assert told["302"]["content"] == {}
    assert "Retry-After" in told["202"]["headers"]


def test_work_that_goes_on_by_itself_need_not_be_asked_for_again() -> None:
    told = described(Operation("cancel_run", {202: RunResponse}))["responses"]
    assert "Retry-After" not in told["202"]["headers"]
