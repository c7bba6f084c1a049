from collections.abc import Callable
from functools import partial
from itertools import chain, repeat
from threading import Timer

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from common.actions.steps.new_run import config_file, create_with_free_id, params_file
from common.domain.runs.run import Run
from common.errors import UnavailableError
from common.services.runs.creation import insert_run
from tests.support.actions.stage import LIMITS, Stage
from tests.support.runs import make_run

VALUES = st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs", "Cc"]))


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), VALUES))
def test_the_params_file_is_read_back_unchanged(params: dict[str, object]) -> None:
    assert yaml.safe_load(params_file(params)) == params


@pytest.mark.parametrize("config", [None, ""])
def test_a_run_without_a_config_gets_a_comment(config: str | None) -> None:
    assert config_file(config).startswith(b"//")


def test_a_config_is_stored_unchanged() -> None:
    assert config_file("process.cpus = 2 // é\n").decode() == "process.cpus = 2 // é\n"


def created(stage: Stage, *numbers: int, insert: Callable[[Run], bool] | None = None) -> Run:
    """A run stored under the first free id made from `numbers`; the last number repeats."""
    draw = chain(numbers, repeat(numbers[-1]))
    prepare = partial(make_run, session_id="9f1c3a52-0000-4000-8000-000000000001")
    return create_with_free_id(
        stage.runs, draw.__next__, lambda run_id: prepare(run_id=run_id), insert or stage.runs.create_run
    )


def test_nothing_is_stored_under_an_id_that_is_taken(stage: Stage) -> None:
    stage.pending()
    prepared: list[str] = []

    def prepare(run_id: str) -> Run:
        prepared.append(run_id)
        return make_run(run_id=run_id, session_id="9f1c3a52-0000-4000-8000-000000000001")

    run = create_with_free_id(stage.runs, iter([0x1A2B3C4D, 2]).__next__, prepare, stage.runs.create_run)
    assert run.run_id == "run-00000002"
    assert prepared == ["run-00000002"]


def test_another_id_is_drawn_when_one_is_taken_in_the_meantime(stage: Stage) -> None:
    assert created(stage, 1, 2, insert=lambda run: run.run_id != "run-00000001").run_id == "run-00000002"


def test_creating_a_run_ends_when_no_id_is_free(stage: Stage) -> None:
    stage.pending()
    with pytest.raises(UnavailableError, match="free run id"):
        created(stage, 0x1A2B3C4D)


def test_a_commit_whose_answer_was_lost_counts_as_done(stage: Stage) -> None:
    def insert(run: Run) -> bool:
        stage.runs.create_run(run)
        raise UnavailableError("the database is unavailable; try again")

    run = created(stage, 1, insert=insert)
    assert stage.runs.get_run("run-00000001").session_id == run.session_id


def test_a_commit_that_ends_only_after_its_connection_was_lost_counts_as_done(stage: Stage) -> None:
    committing = stage.engine.connect()
    later = Timer(0.5, committing.commit)

    def insert(run: Run) -> bool:
        insert_run(committing, run, limits=LIMITS, creation_key=None)
        later.start()
        raise UnavailableError("the database is unavailable; try again")

    run = created(stage, 1, insert=insert)
    later.join()
    committing.close()
    assert stage.runs.get_run("run-00000001").session_id == run.session_id


def test_an_insert_that_stored_nothing_raises_its_error(stage: Stage) -> None:
    def insert(run: Run) -> bool:
        raise UnavailableError("the database is unavailable; try again")

    with pytest.raises(UnavailableError, match="the database is unavailable; try again"):
        created(stage, 1, insert=insert)


def test_the_row_of_another_run_does_not_confirm_an_insert(stage: Stage) -> None:
    def insert(run: Run) -> bool:
        stage.runs.create_run(make_run(run_id=run.run_id))
        raise UnavailableError("the database is unavailable; try again")

    with pytest.raises(UnavailableError):
        created(stage, 1, insert=insert)


def test_the_error_names_the_run_when_it_is_unknown_whether_it_was_stored(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_away(*_: object) -> Run:
        raise UnavailableError("the database is unavailable; try again")

    def insert(run: Run) -> bool:
        monkeypatch.setattr(stage.runs, "find_created", is_away)
        raise UnavailableError("the database is unavailable; try again")

    with pytest.raises(UnavailableError, match="run-00000001; check whether it exists"):
        created(stage, 1, insert=insert)


def test_strings_are_quoted_in_the_params_file() -> None:
    assert params_file({"a": "1e5", "b": "0o17", "c": 7, "d": True}) == b'"a": "1e5"\n"b": "0o17"\n"c": 7\n"d": true\n'
