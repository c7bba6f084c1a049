"""An error is the word of the part that sent it."""

import json
from typing import Any

import pytest
import requests

from common.schemas.errors import ErrorResponse
from tools.verify.facts.origin import Origin, origin_of


def answer(body: Any, **headers: str) -> requests.Response:  # noqa: ANN401 any JSON
    made = requests.Response()
    made.status_code, made.headers = 401, requests.structures.CaseInsensitiveDict(headers)
    made._content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return made


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        (answer(ErrorResponse(error="Unauthorized", detail="…", code="UNAUTHENTICATED").model_dump()), Origin.SLUICE),
        (answer({"message": "Jwt is missing", "code": 401}), Origin.GATEWAY),
        (answer("Invalid IAP credentials", **{"X-Goog-IAP-Generated-Response": "true"}), Origin.IAP),
        (answer("<html>502</html>"), Origin.UNKNOWN),
        (answer([1]), Origin.UNKNOWN),
        (answer({"status": "well"}), Origin.UNKNOWN),
    ],
)
def test_each_part_has_its_own_form(given: requests.Response, origin: Origin) -> None:
    assert origin_of(given) == origin
