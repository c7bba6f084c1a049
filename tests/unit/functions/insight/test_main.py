"""The function under functions-framework, in its own process."""

from tests.support.functions.first_answers import IDENTITY, ask, statuses_without

BUCKETS = {"RUNS_BUCKET": "runs", "LOGS_BUCKET": "logs", "WORK_BUCKET": "work"}
COST = "/api/runs/run-00000000/cost"


def test_the_function_answers_without_loading_a_google_client_or_what_gives_advice(database_url: str) -> None:
    answer = ask("insight", COST, **IDENTITY, **BUCKETS, DATABASE_URL=database_url)
    assert (answer.status, answer.body["code"]) == (404, "NOT_FOUND")
    unwanted = {"google.cloud.storage", "google.cloud.tasks_v2", "google.cloud.batch_v1", "grpc", "yaml", "starlette"}
    unwanted.add("common.services.insight.advice")
    assert unwanted & set(answer.modules) == set()


def test_a_missing_variable_is_a_server_error() -> None:
    environment = IDENTITY | BUCKETS | {"DATABASE_URL": "postgresql+pg8000://app@127.0.0.1:1/sluice"}
    statuses = statuses_without("insight", COST, environment)
    assert [statuses[gap] for gap in ("IAP_AUDIENCE", "HOSTED_DOMAIN", "DATABASE_URL", "RUNS_BUCKET")] == [500] * 4
