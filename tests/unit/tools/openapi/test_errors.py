"""Error answers are described by the table that makes them."""

from common.errors import SluiceError
from common.web.errors_to_http import HTTP_OF, MethodNotAllowedError
from tools.openapi.errors import EXAMPLES, error_components


def test_every_kind_of_error_has_an_example() -> None:
    # a method that an address does not have cannot be described at that address
    assert {type(error) for error in EXAMPLES} == HTTP_OF.keys() - {MethodNotAllowedError}


def test_an_example_is_what_such_an_error_answers() -> None:
    examples = error_components()["Error404"]["content"]["application/json"]["examples"]
    assert examples["NOT_FOUND"]["value"]["error"] == "Not found"


def test_errors_of_one_status_share_an_answer() -> None:
    examples = error_components()["Error502"]["content"]["application/json"]["examples"]
    assert set(examples) == {"BENCHLING_ERROR", "BATCH_ERROR"}


def test_every_error_knows_its_code() -> None:
    assert all(error.code != SluiceError.code or type(error) is SluiceError for error in EXAMPLES)
