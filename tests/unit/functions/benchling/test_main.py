"""The function under functions-framework, in a separate process."""

from tests.support.benchling import SharedWarehouse
from tests.support.functions.first_answers import IDENTITY, ask, statuses_without

RUNS = "/api/benchling/runs?page_size=1"


def test_the_function_answers_without_loading_a_google_client(warehouse: SharedWarehouse) -> None:
    answer = ask("benchling", RUNS, **IDENTITY, BENCHLING_URL=warehouse.reader)
    assert (answer.status, len(answer.body["runs"])) == (200, 1)
    unwanted = {
        "google.cloud.storage",
        "google.cloud.tasks_v2",
        "google.cloud.sql",
        "grpc",
        "jsonschema_rs",
        "yaml",
        "starlette",
    }
    assert unwanted & set(answer.modules) == set()


def test_a_missing_variable_is_a_server_error() -> None:
    environment = IDENTITY | {"BENCHLING_URL": "postgresql://u:p@127.0.0.1:1/w?sslmode=disable"}
    statuses = statuses_without("benchling", RUNS, environment)
    assert [statuses[gap] for gap in ("IAP_AUDIENCE", "HOSTED_DOMAIN", "BENCHLING_URL")] == [500, 500, 500]
