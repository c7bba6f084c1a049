import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from common.actions.steps.new_run import config_file, create_with_free_id, params_file
from common.domain.runs.run import Run
from common.errors import UnavailableError
from tests.support.actions.stage import RUN, Stage
from tests.support.runs import make_run

VALUES = st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs", "Cc"]))


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), VALUES))
def test_params_are_read_back_as_they_were_given(params: dict[str, object]) -> None:
    assert yaml.safe_load(params_file(params)) == params


@pytest.mark.parametrize("config", [None, ""])
def test_a_run_without_a_config_gets_a_comment(config: str | None) -> None:
    assert config_file(config).startswith(b"//")


def test_a_config_is_kept_as_it_is() -> None:
    assert config_file("process.cpus = 2 // é\n").decode() == "process.cpus = 2 // é\n"


def test_a_taken_id_is_passed_over_before_anything_is_made(stage: Stage) -> None:
    stage.pending()
    tried: list[str] = []

    def make(run_id: str) -> Run:
        tried.append(run_id)
        return make_run(run_id=run_id)

    assert create_with_free_id(stage.runs, iter([0x1A2B3C4D, 2]).__next__, make).run_id == "run-00000002"
    assert tried == ["run-00000002"]


def test_an_id_that_was_taken_meanwhile_is_left(stage: Stage) -> None:
    made = create_with_free_id(
        stage.runs, iter([1, 2]).__next__, lambda run_id: None if run_id == "run-00000001" else make_run(run_id=run_id)
    )
    assert made.run_id == "run-00000002"


def test_it_is_given_up_when_no_id_is_free(stage: Stage) -> None:
    stage.pending()
    with pytest.raises(UnavailableError, match="free run id"):
        create_with_free_id(
            stage.runs, lambda: int(RUN.removeprefix("run-"), 16), lambda run_id: make_run(run_id=run_id)
        )


def test_texts_are_in_quotes_so_that_no_reader_takes_them_for_something_else() -> None:
    assert params_file({"a": "1e5", "b": "0o17", "c": 7, "d": True}) == b'"a": "1e5"\n"b": "0o17"\n"c": 7\n"d": true\n'
