"""Who goes around the front door is refused by the gateway itself, not only by the functions behind it."""

import pytest

from tests.support.answering import answering
from tools.verify.deployment import Json
from tools.verify.facts.front_door import gateway_refuses_strangers
from tools.verify.outcomes import Failed, Held

OF_GATEWAY: Json = {"message": "Jwt is missing", "code": 401}
OF_SLUICE: Json = {"error": "Unauthorized", "detail": "sign in", "code": "UNAUTHENTICATED"}


def test_the_refusal_of_the_gateway_is_enough() -> None:
    assert gateway_refuses_strangers(answering(401, OF_GATEWAY)) == Held("401")


@pytest.mark.parametrize(("status", "body"), [(401, OF_SLUICE), (200, {"email": "ana@lab.example"})])
def test_an_answer_of_a_function_shows_that_the_gateway_does_not_check(status: int, body: Json) -> None:
    outcome = gateway_refuses_strangers(answering(status, body))
    assert isinstance(outcome, Failed)
    assert "only the functions do" in outcome.means
