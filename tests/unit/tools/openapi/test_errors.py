"""Error answers are described from the table that produces them."""

from common.errors import SluiceError
from common.web.errors_to_http import HTTP_OF, MethodNotAllowedError
from tools.openapi.errors import EXAMPLES, error_components


def test_every_kind_of_error_has_an_example() -> None:
    # 405 is not described: it belongs to methods that an address does not have
    assert {type(error) for error in EXAMPLES} == HTTP_OF.keys() - {MethodNotAllowedError}


def test_an_example_is_the_answer_to_its_error() -> None:
    examples = error_components()["Error404"]["content"]["application/json"]["examples"]
    assert examples["NOT_FOUND"]["value"]["error"] == "Not found"


def test_errors_of_one_status_share_an_answer() -> None:
    examples = error_components()["Error502"]["content"]["application/json"]["examples"]
    assert set(examples) == {"BENCHLING_ERROR", "BATCH_ERROR"}


def test_every_example_has_its_code() -> None:
    assert all(error.code != SluiceError.code or type(error) is SluiceError for error in EXAMPLES)
