"""Headers are described once and referenced."""

import pytest

from tools.openapi.headers import (
    REQUEST_HEADERS,
    RESPONSE_HEADERS,
    header_references,
    request_header,
    request_header_components,
)


@pytest.mark.parametrize("name", [*REQUEST_HEADERS, *RESPONSE_HEADERS])
def test_every_header_has_a_description(name: str) -> None:
    assert (REQUEST_HEADERS | RESPONSE_HEADERS)[name]["description"].endswith(".")


def test_an_answer_refers_to_its_headers() -> None:
    assert header_references("ETag") == {"ETag": {"$ref": "#/components/headers/ETag"}}


def test_an_operation_refers_to_a_request_header_as_a_parameter() -> None:
    assert request_header("If-None-Match") == {"$ref": "#/components/parameters/If-None-Match"}
    assert request_header_components()["If-None-Match"].items() >= {"name": "If-None-Match", "in": "header"}.items()


def test_the_page_of_the_api_fills_in_no_header_of_a_request() -> None:
    assert [name for name, about in REQUEST_HEADERS.items() if "example" in about] == []
