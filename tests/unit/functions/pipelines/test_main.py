"""The function as functions-framework runs it, in a process of its own."""

import pytest

from tests.support.functions.first_answers import IDENTITY, FirstAnswer, ask

SCHEMA = "/api/pipelines/nf-core/scrnaseq/schema"
TOLD = IDENTITY | {
    "GOOGLE_CLOUD_PROJECT": "lab",
    "BATCH_LOCATION": "europe-west1",
    "HEAD_JOB_SERVICE_ACCOUNT": "head@lab.iam.gserviceaccount.com",
}


@pytest.fixture(scope="module")
def answer() -> FirstAnswer:
    return ask("pipelines", SCHEMA, **TOLD)


def test_the_function_answers_under_its_framework(answer: FirstAnswer) -> None:
    assert (answer.status, answer.body["version"]) == (200, "2.7.1")


@pytest.mark.parametrize(
    "unwanted", ["pydantic", "jsonschema_rs", "sqlalchemy", "google.cloud.storage", "grpc", "yaml", "starlette"]
)
def test_the_function_does_not_load_what_it_never_uses(answer: FirstAnswer, unwanted: str) -> None:
    assert "functions.pipelines.endpoints" in answer.modules
    assert unwanted not in answer.modules


@pytest.mark.parametrize("gap", sorted(TOLD.keys() - {"DEBUG_CALLER"}))
def test_a_gap_in_the_environment_is_an_error_of_ours(gap: str) -> None:
    assert ask("pipelines", SCHEMA, **{name: value for name, value in TOLD.items() if name != gap}).status == 500


def test_a_deployment_cannot_be_told_who_is_asking() -> None:
    assert ask("pipelines", SCHEMA, **TOLD, K_SERVICE="pipelines").status == 500
