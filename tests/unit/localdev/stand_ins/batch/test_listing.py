"""Filters and pages of job lists."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from localdev.stack.layout import PARENT
from localdev.stand_ins.batch.job_store import JobStore
from localdev.stand_ins.batch.listing import job_filter, list_jobs
from localdev.stand_ins.http.messages import Json, ServiceError


def job(labels: Mapping[str, str], state: str = "RUNNING") -> Json:
    return {"labels": dict(labels), "status": {"state": state}}


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("", {}),
        ('labels.sluice-run="run-1"', {"sluice-run": "run-1"}),
        ('labels."sluice-run" = "run-1"', {"sluice-run": "run-1"}),
        ("labels.a=b AND labels.c = d", {"a": "b", "c": "d"}),
    ],
)
def test_a_filter_shows_the_jobs_with_all_its_labels(text: str, labels: dict[str, str]) -> None:
    assert job_filter(text)(job(labels))
    assert not labels or not job_filter(text)(job(dict(list(labels.items())[1:])))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('status.state="FAILED"', {"FAILED"}),
        ('NOT status.state="FAILED"', {"QUEUED", "SUCCEEDED"}),
        ('status.state != "FAILED" AND NOT status.state=SUCCEEDED', {"QUEUED"}),
        ('labels.a="b" AND -status.state="QUEUED"', {"FAILED", "SUCCEEDED"}),
        ('labels.a="c" AND NOT status.state="QUEUED"', set()),
    ],
)
def test_a_filter_by_state_shows_the_jobs_in_these_states(text: str, shown: set[str]) -> None:
    states = ("QUEUED", "FAILED", "SUCCEEDED")
    assert {state for state in states if job_filter(text)(job({"a": "b"}, state))} == shown


@pytest.mark.parametrize(
    "text", ["state=RUNNING", 'labels.a="b" OR labels.c="d"', "labels.a", 'status.state="DONE"', "NOT"]
)
def test_any_other_filter_is_refused(text: str) -> None:
    with pytest.raises(ServiceError):
        job_filter(text)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[JobStore]:
    jobs = JobStore(tmp_path / "batch.sqlite")
    yield jobs
    jobs.close()


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"pageSize": "ten"}, "Invalid value at 'page_size' (TYPE_INT32), \"ten\""),
        ({"pageSize": ""}, "Invalid value at 'page_size' (TYPE_INT32), \"\""),
        ({"pageSize": "-1"}, "page_size must not be negative, but is -1"),
        ({"pageToken": "next"}, "page_token is invalid"),
    ],
)
def test_a_page_that_batch_does_not_know_is_refused(store: JobStore, query: dict[str, str], message: str) -> None:
    with pytest.raises(ServiceError) as refusal:
        list_jobs(store, PARENT, query)
    assert (refusal.value.code, refusal.value.status, refusal.value.message) == (400, "INVALID_ARGUMENT", message)


def test_page_size_0_is_the_default(store: JobStore) -> None:
    assert list_jobs(store, PARENT, {"pageSize": "0"}) == {"jobs": []}
