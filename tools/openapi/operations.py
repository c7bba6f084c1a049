"""Describes one operation: what its handler declares, and what all operations share."""

import inspect
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Final

from common.web.describing import Body, FormPart, Model, Operation, Text
from common.web.query import Query
from functions.pipelines.api_docs import ASSETS
from tools.openapi.addresses import NotDescribedError, PublicAddress
from tools.openapi.errors import error_answers
from tools.openapi.examples import example_of
from tools.openapi.headers import header_references, request_header
from tools.openapi.schemas import Json, model_named, reference

_JSON: Final = "application/json"
_FORM: Final = "multipart/form-data"
_EVENTS: Final = "text/event-stream"
_PARTS: Final[Json] = {
    "asset": {
        "description": "The name of a file that the page uses.",
        "schema": {"type": "string", "enum": list(ASSETS)},
        "example": "start.js",
    },
    "name": {
        "description": "The part of a pipeline's name after the slash.",
        "schema": {"type": "string"},
        "example": "scrnaseq",
    },
    "ngs_run": {
        "description": "The name of an NGS run, percent-encoded; it may contain any character, slashes included.",
        "schema": {"type": "string", "minLength": 1},
        "example": "2026-11-20_NV0000",
    },
    "owner": {
        "description": "The part of a pipeline's name before the slash.",
        "schema": {"type": "string"},
        "example": "nf-core",
    },
    "run_id": {
        "description": "The id of a run.",
        "schema": {"type": "string", "pattern": "^run-[0-9a-f]{8}$"},
        "example": "run-1a2b3c4d",
    },
    "task_id": {
        "description": "The `task_id` of a task in the list of tasks, or its number in the trace.",
        "schema": {"type": "string"},
        "example": "5f-0c1d1f",
    },
    "with_run_id": {
        "description": "The id of the run to compare with.",
        "schema": {"type": "string", "pattern": "^run-[0-9a-f]{8}$"},
        "example": "run-0f0e0d0c",
    },
}
_QUERY_EXAMPLES: Final[Json] = {"q": "OutOfMemoryError"}  # of parameters that an address cannot do without


def operation_object(address: PublicAddress) -> Json:
    """The Operation Object of OpenAPI for one address. Raises NotDescribedError, KeyError for an unknown path part."""
    operation = address.operation
    summary, _, rest = (inspect.getdoc(address.handler) or "").partition("\n")
    if not summary:
        raise NotDescribedError(f"{address.method} {address.path} has no docstring to be its summary")
    described: Json = {"operationId": operation.name, "summary": summary.removesuffix("."), "tags": [address.function]}
    described["description"] = " ".join(rest.split()) or summary
    if parameters := list(_parameters(address)):
        described["parameters"] = parameters
    if operation.body:
        content = {_JSON: _json_content(operation.body)}
        described["requestBody"] = {"required": True, "content": content | _form_content(operation.form or {})}
    described["responses"] = _answers(address) | error_answers(address)
    return described | ({"security": []} if operation.public else {})


def _parameters(address: PublicAddress) -> Iterator[Json]:
    for part in address.parts:
        yield {"name": part, "in": "path", "required": True} | _PARTS[part]
    yield from _query_parameters(address)
    if address.operation.etag:
        yield request_header("If-None-Match")
    if address.operation.keyed:
        yield request_header("Idempotency-Key")
    if _EVENTS in _content(address.operation.answers.get(200, ())):
        yield request_header("Last-Event-ID")


def _query_parameters(address: PublicAddress) -> Iterator[Json]:
    """The parameters that the handler's reader reads from an empty query."""
    if not address.operation.query:
        return
    query = Query([])
    address.operation.query(query)
    for name, about, schema in query.read.values():
        if not about:
            raise NotDescribedError(f"the parameter {name} of {address.method} {address.path} has no description")
        example = {"example": _QUERY_EXAMPLES[name]} if name in _QUERY_EXAMPLES else {}
        described = {"name": name, "in": "query", "description": about, "allowEmptyValue": True}
        yield described | {"schema": dict(schema)} | example


def _answers(address: PublicAddress) -> Json:
    operation = address.operation
    headers = ["X-Request-Id"] + ["ETag"] * operation.etag + ["Idempotency-Replayed"] * operation.keyed
    answers: Json = {}
    for status, body in operation.answers.items():
        described = header_references(*headers, *_headers_of(status, operation))
        answers[str(status)] = {
            "description": f"{HTTPStatus(status).phrase}.",
            "headers": described,
            "content": _content(body),
        }
    if operation.etag:
        answers["304"] = {"description": "Not changed.", "headers": header_references("X-Request-Id", "ETag")}
    return answers


def _headers_of(status: int, operation: Operation) -> Iterator[str]:
    if status in {HTTPStatus.CREATED, HTTPStatus.FOUND}:
        yield "Location"
    if status == HTTPStatus.ACCEPTED and HTTPStatus.FOUND in operation.answers:  # the archive is still being built
        yield "Retry-After"


def _content(bodies: Body | tuple[Body, ...]) -> Json:
    """Each body by its media type."""
    return dict(_media_type(body) for body in (bodies if isinstance(bodies, tuple) else (bodies,)))


def _media_type(body: Body) -> tuple[str, Json]:
    if isinstance(body, Text):
        return body.media, {"schema": {"type": "string"}, "example": body.example}
    return _JSON, _json_content(body)


def _form_content(parts: Mapping[str, FormPart]) -> Json:
    """A form of files; without parts there is none."""
    if not parts:
        return {}
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name, part in parts.items() if part.is_required],
        "properties": {
            name: {"type": "string", "format": "binary", "description": part.about} for name, part in parts.items()
        },
    }
    return {_FORM: {"schema": schema, "example": {name: part.example for name, part in parts.items()}}}


def _json_content(model: Model) -> Json:
    found = model_named(model)
    return {"schema": reference(found), "example": example_of(found)}
