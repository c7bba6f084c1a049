"""The error answers of operations, with examples made by the same code as real errors."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from common import errors
from common.errors import Fault, SluiceError
from common.schemas.errors import ErrorResponse
from common.web.errors_to_http import HTTP_OF, describe
from common.web.site import SAFE_METHODS
from tools.openapi.addresses import PublicAddress
from tools.openapi.headers import header_references
from tools.openapi.schemas import Json, reference

EXAMPLES: Final[tuple[SluiceError, ...]] = (
    errors.ValidationError(
        [
            Fault(field="params.protocol", message="must be one of 10XV1, 10XV2, 10XV3, 10XV4, dropseq, smartseq"),
            Fault(field="samplesheet_csv", row=3, column="fastq_1", message="must not be empty"),
        ]
    ),
    errors.MalformedBodyError("the body must be a JSON object"),
    errors.UnauthenticatedError("you are not signed in; open the service's public address and sign in"),
    errors.AuthorizationError("run run-1a2b3c4d belongs to another user; ask its owner or an administrator"),
    errors.ForeignSiteError("a page of another site sent this request; use the service's own pages or a program"),
    errors.NotFoundError("there is no run run-1a2b3c4d"),
    errors.ConflictError("run run-1a2b3c4d is completed; it cannot become cancelled"),
    errors.TooLargeError("samplesheet_csv has more than 10 MB"),
    errors.UnsupportedTypeError("the body must be application/json; send it with that Content-Type"),
    errors.TooManyRequestsError("at most 10 runs a minute may be created", retry_after_s=12),
    errors.BenchlingError("the Benchling warehouse does not answer"),
    errors.BatchError("Cloud Batch refused the request"),
    errors.UnavailableError("the database does not answer"),
    errors.RoleMissingError("Cloud Logging"),
    errors.SluiceError("an internal error occurred; report it with the request id"),
)
_HEADERS: Final = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}


def error_components() -> Json:
    """The answer for each error status, by the name that operations refer to."""
    by_status: dict[int, list[SluiceError]] = defaultdict(list)
    for error in EXAMPLES:
        by_status[describe(error)[0]].append(error)
    return {_name(status): _answer(status, found) for status, found in sorted(by_status.items())}


def error_answers(address: PublicAddress) -> Json:
    """References to the error answers of one address, by status."""
    kinds: set[type[SluiceError]] = {SluiceError, *address.operation.errors}
    if not address.operation.public:
        kinds |= {errors.UnauthenticatedError, errors.AuthorizationError, errors.UnavailableError}
    if address.method not in SAFE_METHODS:
        kinds |= {errors.ForeignSiteError, errors.UnsupportedTypeError}
    if address.parts:
        kinds.add(errors.NotFoundError)
    if address.operation.query or address.operation.body or address.operation.keyed:
        kinds.add(errors.ValidationError)
    if address.operation.body:
        kinds |= {errors.MalformedBodyError, errors.TooLargeError}
    if address.operation.keyed:
        kinds.add(errors.ConflictError)
    statuses = sorted({HTTP_OF[kind][0] for kind in kinds})
    return {str(status): {"$ref": f"#/components/responses/{_name(status)}"} for status in statuses}


def _name(status: int) -> str:
    return f"Error{status}"


def _answer(status: int, found: Iterable[SluiceError]) -> Json:
    examples = {error.code: {"value": _body(error)} for error in found}
    titles = sorted({HTTP_OF[type(error)][1] for error in found})
    return {
        "description": f"{' or '.join(titles)}.",
        "headers": header_references("X-Request-Id", *_HEADERS.get(status, ())),
        "content": {"application/json": {"schema": reference(ErrorResponse), "examples": examples}},
    }


def _body(error: SluiceError) -> dict[str, Any]:
    return describe(error)[1] | {"request_id": "5f0c1d1f9a6e4b0f8f2a7f2f0e6d9c3b"}
