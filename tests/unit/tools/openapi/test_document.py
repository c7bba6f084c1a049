"""The published description matches the code, is valid OpenAPI 3.0 and complete."""

import json
from typing import Any

from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import OpenAPIV30SpecValidator

from localdev.stack.gateway.routing import function_for
from tests.support.rows import each_row
from tools.openapi.addresses import PUBLIC
from tools.openapi.document import FILE, document_text

DOCUMENT: dict[str, Any] = json.loads(document_text())
OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """The component that a reference names."""
    found: dict[str, Any] = DOCUMENT
    if "$ref" not in part:
        return part
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return found


def answers_of(operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {status: resolved(answer) for status, answer in operation["responses"].items()}


def bodies_of(operation: dict[str, Any]) -> list[dict[str, Any]]:
    """Every request and answer body of an operation: its schema and examples."""
    holders = [*answers_of(operation).values(), operation.get("requestBody", {})]
    return [body for holder in holders for body in holder.get("content", {}).values()]


def examples_of(body: dict[str, Any]) -> list[Any]:
    return [body["example"]] if "example" in body else [each["value"] for each in body["examples"].values()]


def test_the_stored_document_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == document_text(), "run `make openapi` and commit the result"


def test_the_document_is_openapi_3_0() -> None:
    OpenAPIV30SpecValidator(DOCUMENT).validate()
    assert DOCUMENT["openapi"].startswith("3.0.")


def test_operation_ids_are_unique() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(names) == len(set(names))


@each_row("operation", of=OPERATIONS.values())
def test_an_operation_has_a_summary_and_a_tag(operation: dict[str, Any]) -> None:
    assert 0 < len(operation["summary"]) <= 100
    assert len(operation["tags"]) == 1
    assert operation["tags"][0] in {tag["name"] for tag in DOCUMENT["tags"]}


@each_row("operation", of=OPERATIONS.values())
def test_every_parameter_has_a_description(operation: dict[str, Any]) -> None:
    for parameter in map(resolved, operation.get("parameters", [])):
        assert parameter["description"].endswith("."), parameter["name"]
        assert "schema" in parameter


@each_row("operation", of=OPERATIONS.values())
def test_every_example_fits_its_schema(operation: dict[str, Any]) -> None:
    bodies = bodies_of(operation)
    assert bodies
    for body in bodies:
        validator = OAS30Validator({**body["schema"], "components": DOCUMENT["components"]})
        for example in examples_of(body):
            validator.validate(example)


@each_row("name", of=OPERATIONS)
def test_operations_with_identity_describe_401_and_403(name: str) -> None:
    operation = OPERATIONS[name]
    is_open = operation.get("security") == []
    assert is_open == (" /api/" not in name)
    assert ({"401", "403"} <= operation["responses"].keys()) == (not is_open)


@each_row("operation", of=OPERATIONS.values())
def test_every_error_has_the_standard_form_and_an_example(operation: dict[str, Any]) -> None:
    refused = {status: answer for status, answer in answers_of(operation).items() if status >= "400"}
    assert "500" in refused
    for answer in refused.values():
        body = answer["content"]["application/json"]
        assert body["schema"] == {"$ref": "#/components/schemas/ErrorResponse"}
        assert all(example["request_id"] for example in examples_of(body))


@each_row("operation", of=OPERATIONS.values())
def test_answers_to_retry_have_a_retry_after(operation: dict[str, Any]) -> None:
    for status in operation["responses"].keys() & {"429", "503"}:
        assert "Retry-After" in answers_of(operation)[status]["headers"]


@each_row("operation", of=OPERATIONS.values())
def test_every_answer_has_a_request_id(operation: dict[str, Any]) -> None:
    assert all("X-Request-Id" in answer["headers"] for answer in answers_of(operation).values())


@each_row("operation", of=OPERATIONS.values())
def test_operations_with_304_describe_etag_and_if_none_match(operation: dict[str, Any]) -> None:
    taken = {resolved(parameter)["name"] for parameter in operation.get("parameters", [])}
    given = answers_of(operation).get("200", {}).get("headers", {})
    assert len({"304" in operation["responses"], "If-None-Match" in taken, "ETag" in given}) == 1


@each_row("path", of=DOCUMENT["paths"])
def test_an_address_is_routed_to_the_function_that_describes_it(path: str) -> None:
    for operation in DOCUMENT["paths"][path].values():
        assert function_for(path.replace("{", "").replace("}", "")) == operation["tags"][0]


def test_every_public_function_is_described() -> None:
    assert {operation["tags"][0] for operation in OPERATIONS.values()} == set(PUBLIC)


def test_streams_and_texts_have_their_media_types() -> None:
    events = OPERATIONS["GET /api/runs/{run_id}/events"]
    log = OPERATIONS["GET /api/runs/{run_id}/logs"]
    assert list(events["responses"]["200"]["content"]) == ["text/event-stream"]
    assert list(log["responses"]["200"]["content"]) == ["application/json", "text/plain"]
