import pytest

from common.settings import Environment
from tests.unit.common.environment import faults_of


def test_the_storage_emulator_is_refused_in_a_deployment_even_if_nothing_reads_it() -> None:
    message = faults_of({"K_SERVICE": "runs", "STORAGE_EMULATOR_HOST": "http://127.0.0.1:1"})
    assert message == "STORAGE_EMULATOR_HOST must not be set in a deployment"


@pytest.mark.parametrize(("text", "value"), [("0.5", 0.5), ("20", 20), ("", 3)])
def test_a_number_is_read_or_takes_its_default(text: str, value: float) -> None:
    assert Environment({"SYNC_INTERVAL_S": text}).number("SYNC_INTERVAL_S", 3) == value


@pytest.mark.parametrize("text", ["many", "0", "-1", "nan", "inf", "1e999"])
def test_an_invalid_number_is_named(text: str) -> None:
    message = faults_of({"SYNC_INTERVAL_S": text}, lambda env: env.number("SYNC_INTERVAL_S", 3))
    assert "SYNC_INTERVAL_S must be" in message


@pytest.mark.parametrize("text", ["0.5", "2.5", "0", "x"])
def test_a_count_must_be_a_whole_number(text: str) -> None:
    message = faults_of({"LOG_COPY_MIN_S": text}, lambda env: env.count("LOG_COPY_MIN_S", 10))
    assert "LOG_COPY_MIN_S must be" in message


def test_a_count_is_an_integer() -> None:
    assert Environment({"LOG_COPY_MIN_S": "7"}).count("LOG_COPY_MIN_S", 10) == 7


def test_an_error_is_reported_once_however_often_the_variable_is_read() -> None:
    def read_twice(env: Environment) -> None:
        env.required("RUNS_BUCKET")
        env.required("RUNS_BUCKET")

    assert faults_of({}, read_twice) == "RUNS_BUCKET is not set"
