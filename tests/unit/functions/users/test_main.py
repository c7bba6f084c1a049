"""The function under functions-framework, in its own process."""

from tests.support.functions.first_answers import IDENTITY, ask, statuses_without

ME = "/api/users/me"
QUEUE = {
    "WORK_QUEUE": "projects/lab/locations/eu/queues/work",
    "ARCHIVE_QUEUE": "projects/lab/locations/eu/queues/archive",
    "WORKER_URL": "https://worker.example",
    "WORKER_AUDIENCE": "https://worker.example",
    "WORKER_CALLER": "tasks@lab.iam.gserviceaccount.com",
}


def test_the_function_answers_without_loading_a_google_client(database_url: str) -> None:
    answer = ask("users", ME, **IDENTITY, **QUEUE, DATABASE_URL=database_url)
    assert (answer.status, answer.body["email"]) == (200, "ana@lab.example")
    unwanted = {"google.cloud.storage", "google.cloud.tasks_v2", "google.cloud.batch_v1", "grpc", "yaml", "starlette"}
    assert unwanted & set(answer.modules) == set()


def test_a_missing_variable_is_a_server_error() -> None:
    environment = IDENTITY | QUEUE | {"DATABASE_URL": "postgresql+pg8000://app@127.0.0.1:1/sluice"}
    statuses = statuses_without("users", ME, environment)
    assert [statuses[gap] for gap in ("IAP_AUDIENCE", "HOSTED_DOMAIN", "DATABASE_URL")] == [500, 500, 500]
