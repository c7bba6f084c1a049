import pytest

from localdev.stand_ins.batch.listing import labels_asked_for
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
def test_labels_of_a_filter_are_found(text: str, labels: dict[str, str]) -> None:
    assert labels_asked_for(text) == labels


@pytest.mark.parametrize("text", ["state=RUNNING", 'labels.a="b" OR labels.c="d"', "labels.a"])
def test_any_other_filter_is_refused(text: str) -> None:
    with pytest.raises(ServiceError):
        labels_asked_for(text)
