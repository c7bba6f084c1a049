"""Filters of job lists."""

from collections.abc import Mapping

import pytest

from localdev.stand_ins.batch.listing import job_filter
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
