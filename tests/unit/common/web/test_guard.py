import json
import logging

import pytest
from sqlalchemy import Engine
from werkzeug.datastructures import Headers

from common.domain.runs.access import Caller
from common.errors import AuthorizationError, NotFoundError, UnauthenticatedError
from common.services.runs.details import RunDetails
from common.services.runs.store import RunStoreService
from common.web.callers.identity import HeaderLists
from common.web.guard import RunGuard
from tests.support.runs import OWNER, make_run
from tests.support.telemetry import recorded_actions

RUN = make_run()


def identify(headers: HeaderLists) -> Caller:
    """The caller that the header x-caller names; `admin` is an administrator."""
    if not (names := headers.getlist("x-caller")):
        raise UnauthenticatedError("not signed in")
    return Caller(email=names[0], is_admin=names[0] == "admin")


@pytest.fixture
def guard(emptied_engine: Engine) -> RunGuard:
    runs = RunStoreService(emptied_engine)
    assert runs.create_run(RUN)
    return RunGuard(identify, runs)


@pytest.mark.parametrize("caller", [OWNER, "admin"])
def test_owner_and_administrators_get_the_run(guard: RunGuard, caller: str) -> None:
    assert json.loads(guard.requested_run(Headers({"x-caller": caller}), RUN.run_id))["run_id"] == RUN.run_id


def test_another_caller_is_refused(guard: RunGuard) -> None:
    with pytest.raises(AuthorizationError, match=RUN.run_id):
        guard.requested_run(Headers({"x-caller": "ben@lab.example"}), RUN.run_id)


@pytest.mark.parametrize("run_id", [RUN.run_id, "run-00000000"])
def test_an_unknown_caller_learns_nothing_about_a_run(guard: RunGuard, run_id: str) -> None:
    with pytest.raises(UnauthenticatedError):
        guard.requested_run(Headers(), run_id)


def test_a_run_that_does_not_exist_is_not_found(guard: RunGuard) -> None:
    with pytest.raises(NotFoundError):
        guard.run_for(Caller(email=OWNER), "run-00000000")


@pytest.mark.parametrize("caller", [OWNER, "admin"])
def test_owner_and_administrators_may_read_what_belongs_to_a_run(guard: RunGuard, caller: str) -> None:
    assert guard.permitted_caller(Headers({"x-caller": caller}), RUN.run_id).email == caller


@pytest.mark.parametrize(
    ("caller", "run_id", "error"),
    [("ben@lab.example", RUN.run_id, AuthorizationError), (OWNER, "run-00000000", NotFoundError)],
)
def test_others_may_not_read_what_belongs_to_a_run(
    guard: RunGuard, caller: str, run_id: str, error: type[Exception]
) -> None:
    with pytest.raises(error, match=run_id):
        guard.permitted_caller(Headers({"x-caller": caller}), run_id)


def test_those_it_is_shared_with_may_read_a_run_but_not_own_it(
    guard: RunGuard, emptied_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    reader = "ben@lab.example"
    RunDetails(emptied_engine).change(RUN.run_id, {"shared_with": (reader,)}, by=OWNER, at=RUN.created_at)
    headers = Headers({"x-caller": reader})

    with caplog.at_level(logging.INFO, "sluice.audit"), recorded_actions() as actions:
        assert json.loads(guard.requested_run(headers, RUN.run_id))["shared_with"] == [reader]
        assert guard.permitted_caller(headers, RUN.run_id).email == reader
        assert guard.run_for(Caller(email=reader), RUN.run_id).run_id == RUN.run_id
    with pytest.raises(AuthorizationError, match=RUN.run_id):
        guard.require_owner(Caller(email=reader), RUN.run_id)

    assert "admin_looked" not in actions
