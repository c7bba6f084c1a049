"""The examples of the published API, as the service answers them."""

from typing import Any

from tools.openapi.cost_examples import cost_answers
from tools.openapi.insight_examples import insight_answers


def example_json(model: str) -> dict[str, Any]:
    """The example of the object `model` of the API."""
    (found,) = (one for one in (*insight_answers(), *cost_answers()) if type(one).__name__ == model)
    answer: dict[str, Any] = found.model_dump(mode="json")
    return answer
