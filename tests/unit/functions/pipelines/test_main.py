"""The function under functions-framework, in its own process."""

import pytest

from tests.support.functions.first_answers import IDENTITY, FirstAnswer, ask, statuses_without

SCHEMA = "/api/pipelines/nf-core/scrnaseq/schema"
ENVIRONMENT = IDENTITY | {
    "GOOGLE_CLOUD_PROJECT": "lab",
    "BATCH_LOCATION": "europe-west1",
    "TASK_JOB_SERVICE_ACCOUNT": "tasks@lab.iam.gserviceaccount.com",
}


@pytest.fixture(scope="module")
def answer() -> FirstAnswer:
    return ask("pipelines", SCHEMA, **ENVIRONMENT)


def test_the_function_answers_under_its_framework(answer: FirstAnswer) -> None:
    assert (answer.status, answer.body["version"]) == (200, "2.7.1")


@pytest.mark.parametrize(
    "unwanted", ["pydantic", "jsonschema_rs", "sqlalchemy", "google.cloud.storage", "grpc", "yaml", "starlette"]
)
def test_the_function_does_not_load_what_it_never_uses(answer: FirstAnswer, unwanted: str) -> None:
    assert "functions.pipelines.endpoints" in answer.modules
    assert unwanted not in answer.modules


def test_a_missing_variable_is_a_server_error() -> None:
    statuses = statuses_without("pipelines", SCHEMA, ENVIRONMENT)
    del statuses["DEBUG_CALLER"]
    assert statuses == dict.fromkeys(statuses, 500)


def test_a_deployment_refuses_a_debug_caller() -> None:
    assert ask("pipelines", SCHEMA, **ENVIRONMENT, K_SERVICE="pipelines").status == 500
