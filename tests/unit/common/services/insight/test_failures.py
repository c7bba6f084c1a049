"""How often a failure was seen, as far as somebody may know it."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from common.domain.diagnosis.causes import CauseClass
from common.domain.diagnosis.failure import FailureDiagnosis
from common.domain.runs.access import Caller
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from common.errors import NotFoundError, ValidationError
from common.services.insight.failures import FailureService, GroupPage
from common.services.runs.store import RunStoreService
from tests.support.runs import NOON, OWNER, make_run

BEN = "ben@lab.example"
ANA, ADMIN = Caller(email=OWNER), Caller(email="root@lab.example", is_admin=True)
LONG_AGO = NOON - timedelta(days=900)


def out_of_memory(process: str = "STAR") -> FailureDiagnosis:
    return FailureDiagnosis(
        cause=CauseClass.OUT_OF_MEMORY, error_task=f"{process} (x)", exit_code=137, message=None, evidence=()
    )


class Lab:
    """Makes runs that failed, one an hour from NOON on."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.runs, self.failures = engine, RunStoreService(engine), FailureService(engine)
        self._made = 0

    def failed(self, owner: str = OWNER, process: str = "STAR", **changes: object) -> Run:
        return self._ended(RunStatus.FAILED, owner, out_of_memory(process).as_columns(), **changes)

    def completed(self, owner: str = OWNER, **changes: object) -> Run:
        return self._ended(RunStatus.COMPLETED, owner, {}, **changes)

    def _ended(self, status: RunStatus, owner: str, facts: dict[str, object], **changes: object) -> Run:
        self._made += 1
        at = NOON + timedelta(hours=self._made)
        run = make_run(run_id=f"run-{self._made:08x}", user_email=owner, created_at=at, updated_at=at, **changes)
        self.runs.create_run(run)
        for step in (RunStatus.SUBMITTED, RunStatus.RUNNING, status):
            run = self.runs.update_run_status(run.run_id, step, at=at, facts=facts if step == status else None)
        return run

    def page(self, owner: str | None = OWNER, *, cursor: str | None = None, size: int = 25) -> GroupPage:
        return self.failures.groups(owner, since=LONG_AGO, cursor=cursor, page_size=size)


@pytest.fixture
def lab(engine: Engine) -> Lab:
    return Lab(engine)


def test_a_failure_is_counted_over_the_callers_own_runs(lab: Lab) -> None:
    first, _other, last = lab.failed(), lab.failed(process="FASTQC"), lab.failed(name="Donor 7")
    lab.failed(owner=BEN)
    seen = lab.failures.of_run(last, ANA)
    assert seen.group
    assert (seen.group.process, seen.times, seen.first_at, seen.last_at) == (
        "STAR", 2, first.failed_at, last.failed_at,
    )  # fmt: skip
    assert [(run["run_id"], run["name"]) for run in seen.runs] == [(last.run_id, "Donor 7"), (first.run_id, None)]
    assert lab.failures.of_run(last, ADMIN).times == 3


def test_a_reader_counts_own_runs_and_the_one_that_is_shared(lab: Lab) -> None:
    lab.failed()
    shared, own = lab.failed(), lab.failed(owner=BEN)
    seen = lab.failures.of_run(shared, Caller(email=BEN))
    assert {run["run_id"] for run in seen.runs} == {shared.run_id, own.run_id}
    assert seen.times == 2


def test_the_recovery_that_got_over_it_is_named(lab: Lab) -> None:
    first, last = lab.failed(), lab.failed()
    assert lab.failures.of_run(last, ANA).overcome is None
    lab.failed(process="FASTQC", parent_run_id=first.run_id)
    recovery = lab.completed(parent_run_id=first.run_id)
    assert lab.failures.of_run(last, ANA).overcome == (first.run_id, recovery.run_id)


def test_a_recovery_of_somebody_else_is_not_named(lab: Lab) -> None:
    run = lab.failed()
    recovery = lab.completed(owner=BEN, parent_run_id=run.run_id)
    assert lab.failures.of_run(run, ANA).overcome is None
    assert lab.failures.of_run(run, ADMIN).overcome == (run.run_id, recovery.run_id)


def test_a_run_without_a_failure_is_not_found(lab: Lab) -> None:
    with pytest.raises(NotFoundError, match="has no failure: it is completed"):
        lab.failures.of_run(lab.completed(), ANA)


def test_a_failure_of_which_nothing_is_known_is_like_no_other(lab: Lab) -> None:
    unknown = FailureDiagnosis(cause=CauseClass.UNKNOWN, error_task=None, exit_code=None, message=None, evidence=())
    run = lab.failed()
    with lab.engine.begin() as connection:
        connection.execute(text("DELETE FROM failures"))
    seen = lab.failures.of_run(make_run(run_id=run.run_id, diagnosis=unknown.as_json()), ANA)
    assert (seen.group, seen.times) == (None, 1)


def test_a_failure_that_an_older_release_stored_is_added_when_it_is_looked_at(lab: Lab) -> None:
    run, other = lab.failed(), lab.failed()
    with lab.engine.begin() as connection:
        connection.execute(text("DELETE FROM failures WHERE run_id = :run_id"), {"run_id": run.run_id})
    assert lab.failures.of_run(run, ANA).times == 2
    assert lab.failures.of_run(other, ANA).times == 2


def test_groups_are_listed_with_the_one_seen_last_first(lab: Lab) -> None:
    for process in ("STAR", "FASTQC", "STAR", "SORT", "SORT", "SORT"):
        lab.failed(process=process)
    lab.failed(owner=BEN, process="MULTIQC")
    page = lab.page()
    assert [(group.group.process, group.times) for group in page.groups] == [("SORT", 3), ("STAR", 2), ("FASTQC", 1)]
    assert (page.total.count, page.next_cursor) == (3, None)
    assert page.groups[1].run_ids == ["run-00000003", "run-00000001"]
    assert lab.page(None).groups[0].group.process == "MULTIQC"


def test_pages_follow_each_other(lab: Lab) -> None:
    for process in ("A", "B", "C"):
        lab.failed(process=process)
    found, cursor = [], None
    for _ in range(3):
        page = lab.page(cursor=cursor, size=1)
        found += [group.group.process for group in page.groups]
        cursor = page.next_cursor
    assert (found, cursor) == (["C", "B", "A"], None)
    with pytest.raises(ValidationError):
        lab.page(cursor="x")


def test_only_failures_since_then_are_listed(lab: Lab) -> None:
    old, new = lab.failed(), lab.failed(process="NEW")
    assert old.failed_at
    assert new.failed_at
    page = lab.failures.groups(OWNER, since=new.failed_at, cursor=None, page_size=5)
    assert [group.group.process for group in page.groups] == ["NEW"]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from([OWNER, BEN]), st.sampled_from("AB")), min_size=1, max_size=6))
def test_counts_never_tell_of_other_users_runs(engine: Engine, runs: Sequence[tuple[str, str]]) -> None:
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE runs CASCADE"))
    lab = Lab(engine)
    made = [lab.failed(owner=owner, process=process) for owner, process in runs]
    for user in (OWNER, BEN):
        own = Counter(process for owner, process in runs if owner == user)
        assert {group.group.process: group.times for group in lab.page(user).groups} == own
        for run, (owner, process) in zip(made, runs, strict=True):
            seen = lab.failures.of_run(run, Caller(email=user))
            assert seen.times == own[process] + (owner != user)
            assert {each["user_email"] for each in seen.runs} <= {user, owner}
