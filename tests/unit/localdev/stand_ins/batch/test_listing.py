"""Filters of job lists."""

import pytest

from localdev.stand_ins.batch.listing import labels_of_filter
from localdev.stand_ins.http.messages import ServiceError


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("", {}),
        ('labels.sluice-run="run-1"', {"sluice-run": "run-1"}),
        ('labels."sluice-run" = "run-1"', {"sluice-run": "run-1"}),
        ("labels.a=b AND labels.c = d", {"a": "b", "c": "d"}),
    ],
)
def test_the_labels_of_a_filter_are_read(text: str, labels: dict[str, str]) -> None:
    assert labels_of_filter(text) == labels


@pytest.mark.parametrize("text", ["state=RUNNING", 'labels.a="b" OR labels.c="d"', "labels.a"])
def test_any_other_filter_is_refused(text: str) -> None:
    with pytest.raises(ServiceError):
        labels_of_filter(text)
