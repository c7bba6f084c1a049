"""Owners name, label and share their runs; readers star them."""

import logging
from typing import Any

import pytest

from common.actions.update_run import UpdateRun
from common.domain.runs.access import Caller
from common.domain.text.secrets import HIDDEN
from common.errors import AuthorizationError, NotFoundError, ValidationError
from common.schemas.parsing import parse
from common.schemas.runs import RunUpdateRequest
from common.services.runs.details import RunDetails, RunView
from tests.support.actions.stage import ADMIN, ANA, BEN, RUN, Stage
from tests.support.runs import NOON, OWNER
from tests.support.telemetry import recorded_actions

CARLA = Caller(email="carla@lab.example")


@pytest.fixture
def shared(stage: Stage) -> Stage:
    """A running run of Ana, shared with Ben."""
    stage.running()
    change(stage, ANA, shared_with=[BEN.email])
    return stage


def change(stage: Stage, caller: Caller, run_id: str = RUN, **fields: Any) -> RunView:  # noqa: ANN401 any JSON
    update = UpdateRun(details=RunDetails(stage.engine), domain="lab.example", clock=stage.clock)
    return update.run(run_id, parse(RunUpdateRequest, fields), caller)


def changes_in_journal(stage: Stage) -> list[Any]:
    return [row[0] for row in stage.rows("SELECT data FROM run_events WHERE event = 'change' ORDER BY seq")]


@pytest.mark.parametrize("caller", [ANA, ADMIN])
def test_owner_and_administrators_describe_a_run(stage: Stage, caller: Caller) -> None:
    stage.running()

    run = change(stage, caller, name="Donor 1", note="again\nwith more reads", labels=["b", "a", "b"]).run

    assert (run.name, run.note, run.labels) == ("Donor 1", "again\nwith more reads", ("b", "a"))
    assert stage.runs.get_run(RUN) == run
    assert [(each["by"], each["changes"]["name"]) for each in changes_in_journal(stage)] == [(caller.email, "Donor 1")]


def test_the_owner_says_whether_to_be_told_of_a_run(stage: Stage) -> None:
    stage.running()

    told = [change(stage, ANA, notify=notify).run.notify for notify in (True, True, False, None)]

    assert told == [True, True, False, None]
    assert [each["changes"] for each in changes_in_journal(stage)] == [
        {"notify": True}, {"notify": False}, {"notify": None},
    ]  # fmt: skip


def test_absent_fields_stay_and_null_removes(stage: Stage) -> None:
    stage.running()
    change(stage, ANA, name="Donor 1", note="n", labels=["a"], shared_with=["everyone"])

    assert change(stage, ANA, note=None, shared_with=None).run.name == "Donor 1"
    run = change(stage, ANA, name=None, labels=[]).run

    assert (run.name, run.note, run.labels, run.shared_with) == (None, None, (), ())
    assert stage.rows("SELECT labels, shared_with FROM runs")[0] == (None, None)


def test_what_does_not_change_is_not_journaled(shared: Stage, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "sluice.audit"), recorded_actions() as actions:
        change(shared, ANA, shared_with=["BEN@lab.example"], name=None)

    assert len(changes_in_journal(shared)) == 1
    assert not actions


def test_sharing_is_audited(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.running()
    with caplog.at_level(logging.INFO, "sluice.audit"), recorded_actions() as actions:
        change(stage, ANA, shared_with=["everyone"], name="x")

    assert actions == ["run_shared", "run_described"]


@pytest.mark.parametrize("fields", [{"name": "x"}, {"note": None}, {"labels": []}, {"shared_with": ["everyone"]}])
def test_readers_may_not_describe_or_share_a_run(shared: Stage, fields: dict[str, Any]) -> None:
    with pytest.raises(AuthorizationError):
        change(shared, BEN, starred=True, **fields)

    assert not stage_stars(shared)


@pytest.mark.parametrize("fields", [{}, {"starred": True}])
def test_others_may_not_even_star_a_run(shared: Stage, fields: dict[str, Any]) -> None:
    with pytest.raises(AuthorizationError):
        change(shared, CARLA, **fields)


def test_every_reader_has_a_star_of_their_own(shared: Stage) -> None:
    assert change(shared, BEN, starred=True).starred
    assert change(shared, BEN, starred=True).starred

    assert not change(shared, ANA).starred
    assert RunDetails(shared.engine).view(RUN, viewer=BEN).starred
    assert stage_stars(shared) == [BEN.email]
    assert not change(shared, BEN, starred=False).starred
    assert not stage_stars(shared)


def test_who_is_no_reader_any_more_is_refused(shared: Stage) -> None:
    change(shared, ANA, shared_with=[])

    with pytest.raises(AuthorizationError):
        change(shared, BEN, starred=True)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": " x"}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"note": "x" * 2_001}, "note"),
        ({"labels": ["x"] * 21}, "labels"),
        ({"labels": ["x", "y" * 51]}, "labels.1"),
        ({"labels": ["x", ""]}, "labels.1"),
        ({"shared_with": ["everyone"] * 51}, "shared_with"),
        ({"shared_with": ["ben@elsewhere.example"]}, "shared_with.0"),
        ({"starred": "yes"}, "starred"),
        ({"status": "failed"}, "status"),
        ({"name": f"token {HIDDEN}"}, "name"),
        ({"labels": [HIDDEN]}, "labels"),
    ],
)
def test_invalid_fields_change_nothing(shared: Stage, fields: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError) as refused:
        change(shared, ANA, **{"note": "not stored"} | fields)

    assert [each.field for each in refused.value.faults] == [fault]
    assert shared.runs.get_run(RUN).note is None


def test_a_note_sent_back_as_it_is_shown_stays_as_it_was(stage: Stage) -> None:
    stage.running()
    change(stage, ANA, note="password: hunter2hunter2")

    change(stage, ANA, note=f"password: {HIDDEN}", name="x")

    assert stage.runs.get_run(RUN).note == "password: hunter2hunter2"


def test_an_unknown_run_is_not_found(stage: Stage) -> None:
    with pytest.raises(NotFoundError):
        change(stage, ANA, "run-00000000", name="x")


def test_the_state_of_a_run_does_not_change(shared: Stage) -> None:
    before = shared.runs.get_run(RUN)

    after = change(shared, ANA, name="x").run

    assert (after.status, after.updated_at, after.user_email) == (before.status, before.updated_at, OWNER)
    assert after.created_at == NOON


def stage_stars(stage: Stage) -> list[str]:
    return [row[0] for row in stage.rows("SELECT user_email FROM run_stars")]
