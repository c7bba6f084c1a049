"""Who signs in is known, and who is not is refused."""

from typing import Any

import pytest

from localdev.stack.layout import FUNCTIONS
from tests.support.answering import answering
from tools.verify.facts.identity import PATHS, caller_is_known
from tools.verify.outcomes import Failed


def test_there_is_an_address_for_each_function() -> None:
    assert PATHS.keys() == set(FUNCTIONS)


@pytest.mark.parametrize(
    ("body", "headers", "means"),
    [
        ("Invalid IAP credentials", {"x-goog-iap-generated-response": "true"}, "IAP does not let in who verifies"),
        ({"message": "Audiences in Jwt are not allowed", "code": 401}, {}, "API Gateway does not accept"),
        ({"error": "Unauthorized", "detail": "…", "code": "UNAUTHENTICATED"}, {}, "does not reach the function"),
    ],
)
def test_who_refuses_the_caller_is_named(body: Any, headers: dict[str, str], means: str) -> None:  # noqa: ANN401 any JSON
    outcome = caller_is_known(answering(401, body, **headers))
    assert isinstance(outcome, Failed)
    assert means in outcome.means
