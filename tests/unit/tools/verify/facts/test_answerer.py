"""An error is the word of the part that sent it."""

import json
from typing import Any

import pytest
import requests

from common.schemas.errors import ErrorResponse
from tools.verify.facts.answerer import Answerer, answerer_of


def answer(body: Any, **headers: str) -> requests.Response:  # noqa: ANN401 any JSON
    made = requests.Response()
    made.status_code, made.headers = 401, requests.structures.CaseInsensitiveDict(headers)
    made._content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return made


@pytest.mark.parametrize(
    ("given", "answerer"),
    [
        (answer(ErrorResponse(error="Unauthorized", detail="…", code="UNAUTHENTICATED").model_dump()), Answerer.SLUICE),
        (answer({"message": "Jwt is missing", "code": 401}), Answerer.GATEWAY),
        (answer("Invalid IAP credentials", **{"X-Goog-IAP-Generated-Response": "true"}), Answerer.IAP),
        (answer("<html>502</html>"), Answerer.UNKNOWN),
        (answer([1]), Answerer.UNKNOWN),
        (answer({"status": "well"}), Answerer.UNKNOWN),
    ],
)
def test_each_part_has_its_own_form(given: requests.Response, answerer: Answerer) -> None:
    assert answerer_of(given) == answerer
