import asyncio
import inspect

import pytest

from common import errors
from common.errors import Fault, SluiceError
from common.telemetry import request_fields
from common.web.errors_to_http import HTTP_OF, MethodNotAllowedError, describe, unexpected_errors_hidden
from tests.unit.common.web.conftest import Records

FAULT = Fault(field="samplesheet_csv", row=3, column="fastq_1", message="must end in .fastq.gz")


class CustomConflictError(errors.ConflictError):
    """An error class that the table does not have."""


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.ValidationError([FAULT]), 422, "VALIDATION_ERROR"),
        (errors.MalformedBodyError("m"), 400, "MALFORMED_BODY"),
        (errors.UnauthenticatedError("m"), 401, "UNAUTHENTICATED"),
        (errors.AuthorizationError("m"), 403, "FORBIDDEN"),
        (errors.NotFoundError("m"), 404, "NOT_FOUND"),
        (MethodNotAllowedError(["GET"]), 405, "METHOD_NOT_ALLOWED"),
        (errors.ConflictError("m"), 409, "CONFLICT"),
        (CustomConflictError("m"), 409, "CONFLICT"),
        (errors.TooLargeError("m"), 413, "TOO_LARGE"),
        (errors.TooManyRequestsError("m", retry_after_s=9), 429, "TOO_MANY_REQUESTS"),
        (errors.BenchlingError("m"), 502, "BENCHLING_ERROR"),
        (errors.BatchError("m"), 502, "BATCH_ERROR"),
        (errors.UnavailableError("m"), 503, "UNAVAILABLE"),
        (errors.RoleMissingError("Cloud Logging"), 503, "ROLE_MISSING"),
        (SluiceError("m"), 500, "INTERNAL"),
    ],
)
def test_an_error_has_its_status_and_code(error: SluiceError, status: int, code: str) -> None:
    got_status, body, _headers = describe(error)
    assert (got_status, body["code"], body["detail"]) == (status, code, error.message)


def test_every_error_class_has_its_own_row() -> None:
    kinds = {kind for _name, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, SluiceError)}
    assert kinds | {MethodNotAllowedError} == set(HTTP_OF)


def test_a_validation_error_lists_every_fault() -> None:
    _status, body, _headers = describe(errors.ValidationError([FAULT, Fault(field="params", message="too deep")]))
    assert body["faults"] == [
        {"field": "samplesheet_csv", "row": 3, "column": "fastq_1", "message": "must end in .fastq.gz"},
        {"field": "params", "row": None, "column": None, "message": "too deep"},
    ]


@pytest.mark.parametrize(
    ("error", "headers"),
    [
        (errors.UnauthenticatedError("m"), {"WWW-Authenticate": "Bearer"}),
        (errors.UnavailableError("m", retry_after_s=7), {"Retry-After": "7"}),
        (errors.TooManyRequestsError("m", retry_after_s=9), {"Retry-After": "9"}),
        (MethodNotAllowedError(["GET", "HEAD"]), {"Allow": "GET, HEAD"}),
        (errors.NotFoundError("m"), {}),
    ],
)
def test_an_error_has_the_headers_that_its_status_requires(error: SluiceError, headers: dict[str, str]) -> None:
    assert describe(error)[2] == headers


def test_an_error_has_the_request_id_during_a_request() -> None:
    assert "request_id" not in describe(SluiceError("m"))[1]
    token = request_fields.set({"request_id": "abc"})
    assert describe(SluiceError("m"))[1]["request_id"] == "abc"
    request_fields.reset(token)


def test_our_own_errors_pass_unchanged(logged: Records) -> None:
    error = errors.NotFoundError("no such run")
    with pytest.raises(errors.NotFoundError) as raised, unexpected_errors_hidden():
        raise error
    assert raised.value is error
    assert not logged.records


def test_any_other_error_is_replaced_and_logged(logged: Records) -> None:
    with pytest.raises(SluiceError) as raised, unexpected_errors_hidden():
        raise ValueError("password=secret")
    assert "secret" not in raised.value.message
    assert "ValueError: password=" in logged.lines[0]
    assert "secret" not in logged.lines[0].partition("ValueError: ")[2]


def test_errors_of_asynchronous_code_are_hidden_too(logged: Records) -> None:
    async def work() -> None:
        with unexpected_errors_hidden():
            await asyncio.sleep(0)
            raise ValueError("password=secret")

    with pytest.raises(SluiceError):
        asyncio.run(work())
    assert logged.records


def test_a_cancelled_task_stays_cancelled() -> None:
    with pytest.raises(asyncio.CancelledError), unexpected_errors_hidden():
        raise asyncio.CancelledError
