"""The function under functions-framework, in its own process."""

import pytest

from tests.support.functions.first_answers import IDENTITY, FirstAnswer, ask


@pytest.fixture(scope="module")
def answer() -> FirstAnswer:
    return ask("console", "/assets/nothing.js", **IDENTITY)


def test_the_function_answers_under_its_framework(answer: FirstAnswer) -> None:
    assert (answer.status, answer.body["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("unwanted", ["pydantic", "sqlalchemy", "google.cloud.storage", "grpc", "yaml", "starlette"])
def test_the_function_does_not_load_what_it_never_uses(answer: FirstAnswer, unwanted: str) -> None:
    assert "functions.console.endpoints" in answer.modules
    assert unwanted not in answer.modules


@pytest.mark.parametrize("gap", sorted(IDENTITY.keys() - {"DEBUG_CALLER"}))
def test_a_missing_variable_is_a_server_error(gap: str) -> None:
    assert ask("console", "/", **{name: value for name, value in IDENTITY.items() if name != gap}).status == 500


@pytest.mark.parametrize("local", ["DEBUG_CALLER", "STORAGE_EMULATOR_HOST"])
def test_a_deployment_refuses_settings_of_the_local_stack(local: str) -> None:
    identity = {name: value for name, value in IDENTITY.items() if name != "DEBUG_CALLER"}
    assert ask("console", "/", **identity, K_SERVICE="console", **{local: "http://127.0.0.1:1"}).status == 500
